// Dialogs: questions before an act, and the values that it needs.

import { Refused } from './api.js';
import { button, h } from './dom.js';

const dialog = document.getElementById('dialog');
const said = document.getElementById('said');

// A closed dialog keeps nothing: it may have shown a secret.
dialog.addEventListener('close', () => dialog.replaceChildren());

/** Says what was done. */
export function say(text) {
  said.textContent = '';
  said.textContent = text;
}

/**
 * Asks for values and acts. `fields` has `{ name, label, type, value, options, hint, required }`. The dialog stays open with the
 * reason if the act is refused, so nothing that was typed is lost. Resolves to what `act` returned; undefined if cancelled.
 */
export function ask({ title, text, fields = [], action, danger = false, act }) {
  return new Promise((resolve) => {
    let result;
    const problem = h('p', { class: 'problem', role: 'alert' });
    const controls = fields.map(field);
    const go = h('button', { class: danger ? 'danger' : 'primary' }, action);
    const form = h('form', { method: 'dialog' },
      h('h2', { id: 'dialog-title' }, title), text && h('p', {}, text), problem, controls.map(({ element }) => element),
      h('div', { class: 'actions' }, go, button('Cancel', () => dialog.close())));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (go.disabled) return;
      go.disabled = true;
      problem.textContent = '';
      try {
        result = await act(Object.fromEntries(controls.map(({ name, value }) => [name, value()])));
        dialog.close();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        problem.textContent = error.message;
      } finally {
        go.disabled = false;
      }
    });
    dialog.addEventListener('close', () => resolve(result), { once: true });
    dialog.replaceChildren(form);
    dialog.showModal();
    // A dangerous act needs a choice, not a press of Enter.
    if (danger) form.querySelector('.actions .plain').focus();
  });
}

/** Shows a text that is not shown again, such as a new secret. */
export function tell(title, text, value) {
  dialog.replaceChildren(h('form', { method: 'dialog' },
    h('h2', { id: 'dialog-title' }, title), h('p', {}, text), h('pre', { class: 'json', tabindex: '0' }, value),
    h('div', { class: 'actions' }, h('button', { class: 'primary' }, 'Close'))));
  dialog.showModal();
}

let number = 0;

function field({ name, label, type = 'text', value = '', options, hint, required = false, min, max, rows }) {
  number += 1;
  const id = `field-${number}`;
  const described = hint ? { 'aria-describedby': `${id}-hint` } : {};
  const note = hint && h('p', { class: 'hint', id: `${id}-hint` }, hint);
  if (type === 'checks') {
    const boxes = options.map(([option, text]) => {
      const box = h('input', { type: 'checkbox', value: option, id: `${id}-${option}`, checked: value.includes(option) });
      return [box, h('div', { class: 'check' }, box, h('label', { for: box.id }, text))];
    });
    const element = h('fieldset', described, h('legend', {}, label), boxes.map(([, row]) => row), note);
    return { name, element, value: () => boxes.map(([box]) => box).filter((box) => box.checked).map((box) => box.value) };
  }
  let input;
  if (type === 'select') {
    input = h('select', { id, name, ...described }, options.map(([option, text]) =>
      h('option', { value: option, selected: option === value }, text)));
  } else if (type === 'long') {
    input = h('textarea', { id, name, rows: rows ?? 12, spellcheck: 'false', required, ...described }, value);
  } else if (type === 'file') {
    input = h('input', { id, name, type, required, accept: '.json,application/json', ...described });
  } else {
    input = h('input', { id, name, type, value, required, min, max, autocomplete: 'off', ...described });
  }
  const element = h('div', { class: 'field' }, h('label', { for: id }, label), input, note);
  const read = () => (type === 'number' ? (input.value === '' ? undefined : Number(input.value)) : type === 'file' ? input.files[0] : input.value);
  return { name, element, value: read };
}
