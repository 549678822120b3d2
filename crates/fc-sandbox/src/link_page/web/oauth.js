// The page of a simulated bank: the user allows or denies the sharing, and the window closes.

/** The name in the fragment. None if it cannot be read. */
function institution() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return undefined;
  }
}

const name = institution();
if (name === undefined) {
  document.querySelector('main').replaceChildren(document.getElementById('unreadable').content.cloneNode(true));
} else if (name !== '') {
  for (const element of document.querySelectorAll('[data-bank]')) element.textContent = name;
  document.title = name;
}

function leave(outcome) {
  // Only a page of this origin receives the message, which is the linking page.
  window.opener?.postMessage({ fcSandboxBank: outcome }, location.origin);
  window.close();
}

document.getElementById('allow')?.addEventListener('click', () => leave('authorized'));
document.getElementById('deny')?.addEventListener('click', () => leave('denied'));
