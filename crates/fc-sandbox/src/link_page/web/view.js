// Shows panes: one at a time, each a template of the page, with the focus on its heading.

const pane = document.getElementById('pane');
const status = document.getElementById('status');

/**
 * Shows the template `id` in the place of the pane before. `fill` is what its `data-fill` elements say.
 * Returns the pane's form, if it has one.
 */
export function show(id, fill = {}) {
  const content = document.getElementById(id).content.cloneNode(true);
  for (const element of content.querySelectorAll('[data-fill]')) {
    element.textContent = fill[element.dataset.fill] ?? '';
  }
  status.textContent = '';
  pane.replaceChildren(content);
  pane.dataset.pane = id;
  const heading = pane.querySelector('h1');
  // Readers are told of the new pane by its heading, and go on from there.
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  pane.scrollTop = 0;
  document.title = heading.textContent;
  return pane.querySelector('form');
}

/** The first element of the pane that `selector` matches. */
export function find(selector) {
  return pane.querySelector(selector);
}

/** A copy of the one element in the template `id`. */
export function piece(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Says something to those who cannot see it change. */
export function announce(text) {
  status.textContent = text;
}

/** Shows what is wrong with a form, and puts the focus where it can be mended. */
export function complain(text, field) {
  find('#problem').textContent = text;
  if (field) {
    field.setAttribute('aria-invalid', 'true');
    field.focus();
  }
}

/** The value of the button that the form is sent with. A field that is required and empty is complained about first. */
export function sent(form) {
  form.noValidate = true; // The browser's own bubbles are not read out everywhere.
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      for (const field of form.elements) field.removeAttribute('aria-invalid');
      if (!event.submitter?.formNoValidate) {
        const empty = [...form.elements].find((field) => field.required && field.value.trim() === '');
        if (empty) return complain(`${empty.labels[0].textContent}: please fill this in.`, empty);
      }
      resolve(event.submitter?.value ?? '');
    });
  });
}
