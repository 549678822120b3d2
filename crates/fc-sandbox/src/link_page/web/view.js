// The view: one pane at a time, each from a template of the page, with the focus on its heading.

const pane = document.getElementById('pane');
const status = document.getElementById('status');

/**
 * Replaces the current pane by the template `id`. `fill` has the texts of its `data-fill` elements.
 * Returns the form of the pane, if it has one.
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
  // A screen reader announces the new pane by its heading, and continues from there.
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  pane.scrollTop = 0;
  document.title = heading.textContent;
  return pane.querySelector('form');
}

/** Leaves out what a session for one institution does not have: the choice of another one, and the steps before. */
export function fit({ institution }) {
  if (!institution) return;
  for (const element of pane.querySelectorAll('.step, [data-choice], button[value=other]')) element.remove();
}

/** The first element of the pane that matches `selector`. */
export function find(selector) {
  return pane.querySelector(selector);
}

/** A copy of the only element in the template `id`. */
export function piece(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Announces a change to screen readers. */
export function announce(text) {
  status.textContent = text;
}

/** Shows what is wrong with a form, and focuses the field to correct. */
export function complain(text, field) {
  find('#problem').textContent = text;
  if (field) {
    field.setAttribute('aria-invalid', 'true');
    field.focus();
  }
}

/** Resolves to the value of the button that submits the form. An empty required field is reported first. */
export function sent(form) {
  form.noValidate = true; // Not every screen reader announces the browser's own messages.
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
