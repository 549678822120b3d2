// Stands in for a bank's own page: the user allows the sharing or does not, and the window closes.

const name = decodeURIComponent(location.hash.slice(1)) || 'The bank';
for (const element of document.querySelectorAll('[data-bank]')) element.textContent = name;
document.title = name;

function leave(outcome) {
  // Only the linking page, which is of this origin, hears it.
  window.opener?.postMessage({ fcSandboxBank: outcome }, location.origin);
  window.close();
}

document.getElementById('allow').addEventListener('click', () => leave('authorized'));
document.getElementById('deny').addEventListener('click', () => leave('denied'));
