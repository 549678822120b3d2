// What a browser keeps of a client secret, and front ends that have no origin.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { api, at, control, newPage, newSession, press, url } from './bench.mjs';

const { CHROMIUM } = process.env;

function folder(test) {
  const path = mkdtempSync(join(tmpdir(), 'fc-sandbox-'));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The files of a browser's profile that contain `text`. */
function filesWith(profile, text) {
  const names = readdirSync(profile, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  return paths.filter((path) => readFileSync(path).includes(text)).map((path) => path.slice(profile.length));
}

/** Uses a browser with a profile on the disk, closes it, and returns where `text` is in the profile. */
async function kept(test, text, use) {
  const profile = folder(test);
  const browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  browser.setDefaultTimeout(10_000);
  try {
    await use(await browser.newPage());
  } finally {
    await browser.close();
  }
  return filesWith(profile, text);
}

test('a pasted client secret is kept nowhere in the profile of the browser', { timeout: 120_000 }, async (t) => {
  const { client_secret: secret } = await newSession();
  const open = async (page) => {
    await page.getByRole('heading', { level: 1, name: 'Share your account data' }).waitFor();
    await page.goto('about:blank');
  };
  const pasted = await kept(t, secret, async (page) => {
    await page.goto(`${url}/_sandbox/link`);
    await page.getByLabel('Client secret').fill(secret);
    await press(page, 'Open');
    await open(page);
  });
  assert.deepEqual(pasted, []);
  // The check finds a secret that is there: the hint of the page is true.
  const inUrl = await kept(t, secret, async (page) => {
    await page.goto(`${url}/_sandbox/link#${secret}`);
    await open(page);
  });
  assert.ok(inUrl.some((path) => path.includes('History')), inUrl.join());
});

test('the page asks for the client secret, and an empty field is explained', async (t) => {
  const page = await newPage(t);
  await page.goto(`${url}/_sandbox/link`);
  await at(page, 'Open a session', 'secret');
  await press(page, 'Open');
  await page.getByRole('alert').getByText('Client secret').waitFor();
  await page.getByLabel('Client secret').fill((await newSession()).client_secret);
  await page.keyboard.press('Enter');
  await at(page, 'Share your account data');
});

test('a front end at file:// is refused before the session is used', async (t) => {
  const { id, client_secret: secret } = await newSession();
  const path = join(folder(t), 'shop.html');
  writeFileSync(path, `<!doctype html><title>Shop</title><script src="${url}/_sandbox/fc.js"></script>`);
  const page = await newPage(t);
  await page.goto(pathToFileURL(path).href);
  const thrown = await page.evaluate(
    (clientSecret) => Stripe('pk_test_1').collectFinancialConnectionsAccounts({ clientSecret }).then(() => 'nothing', ({ message }) => message),
    secret,
  );
  assert.match(thrown, /no origin.*over http/);
  assert.equal(page.frames().length, 1, 'no page was opened');

  // Without fc.js the page itself refuses.
  writeFileSync(path, `<!doctype html><title>Shop</title><iframe src="${url}/_sandbox/link" width="480" height="700"></iframe>`);
  await page.reload();
  const frame = page.frames()[1];
  await frame.getByRole('heading', { level: 1, name: 'Opening…' }).waitFor();
  await page.evaluate((clientSecret) => frames[0].postMessage({ fcSandbox: 'open', clientSecret }, '*'), secret);
  await frame.getByText('The front end has no origin').waitFor();
  // The session is open still: a user can link accounts in it.
  await api(`financial_connections/sessions/${id}`);
  await control('link', { session: id, accounts: [{ kind: 'checking' }] });
});

test('an unreadable name of a bank is an error in its window', async (t) => {
  const page = await newPage(t);
  await page.goto(`${url}/_sandbox/link/oauth#%E0%A4%A`);
  await at(page, 'The bank cannot be opened', 'unreadable');
  assert.equal(await page.getByRole('button').count(), 0);
  await page.goto('about:blank');
  await page.goto(`${url}/_sandbox/link/oauth#Test%20(OAuth)`);
  await at(page, 'Share your accounts?');
});
