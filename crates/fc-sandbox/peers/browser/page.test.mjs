// The linking page, opened with the client secret of a session.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, collected, control, focused, logIn, newPage, newSession, openAt, openLink, press, pressLast, url } from './bench.mjs';

const choose = 'Choose what to link';

test('accounts are linked with the keyboard alone, and each pane focuses its heading', async (t) => {
  const session = await newSession();
  const page = await openLink(t, session);
  const key = (...keys) => keys.reduce((done, name) => done.then(() => page.keyboard.press(name)), Promise.resolve());
  const isFocused = async (heading, picture) => {
    const title = await at(page, heading, picture);
    assert.equal(await title.evaluate((element) => element === document.activeElement), true, heading);
    assert.equal(await page.title(), await title.textContent());
  };

  await isFocused('Share your account data', 'consent');
  await key('Tab', 'Enter');
  await isFocused('Choose your bank', 'institutions');
  await key('Tab');
  await page.keyboard.type('sandbox bank non');
  await key('Tab', 'Enter');
  await isFocused('Log in to Bank (Non-OAuth)', 'credentials');
  await key('Tab');
  await page.keyboard.type('jane');
  await key('Tab');
  await page.keyboard.type('mfa');
  await key('Enter');
  await isFocused('Enter your code', 'code');
  await key('Tab');
  await page.keyboard.type('123456');
  await key('Enter');
  await isFocused(choose);
  await key('Tab', 'Space', 'Tab', 'Tab', 'Space');
  await page.getByText('2 chosen').waitFor();
  await at(page, choose, 'accounts');
  await key('Enter');
  await isFocused('2 accounts are linked', 'success');
  await key('Tab', 'Enter');
  await isFocused('All done', 'finished');

  const accounts = await collected(session);
  assert.deepEqual(accounts.map(({ display_name: name }) => name).sort(), ['Savings', 'Success']);
  assert.ok(accounts.every(({ institution_name: name }) => name === 'Bank (Non-OAuth)'));
});

test('the focus is visible', async (t) => {
  const page = await openLink(t, await newSession());
  await at(page, 'Share your account data');
  await page.keyboard.press('Tab');
  const outline = await focused(page).evaluate((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return `${outlineStyle} ${outlineWidth}`;
  });
  assert.equal(outline, 'solid 3px');
});

test('the client secret is in no URL, and nothing is loaded from another origin', async (t) => {
  const session = await newSession();
  const page = await newPage(t);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${url}/_sandbox/link#${session.client_secret}`);
  await at(page, 'Share your account data');
  assert.equal(page.url(), `${url}/_sandbox/link`);
  // The browser shows the fragment that it was given, and does not send it.
  const sent = requests.map((address) => address.split('#')[0]);
  assert.ok(sent.length > 5 && sent.every((address) => !address.includes(session.client_secret)));
  assert.ok(sent.every((address) => address.startsWith(url) || address.startsWith('data:')), sent.join(' '));
});

test('the consent lists only the permissions of the session', async (t) => {
  const session = await newSession({ 'permissions[0]': 'ownership', 'permissions[1]': 'ownership', 'permissions[2]': 'ownership', 'permissions[3]': 'ownership' });
  const page = await openLink(t, session);
  await at(page, 'Share your account data');
  assert.deepEqual(await page.locator('.facts strong').allTextContents(), ['Account details', 'Owners']);
});

test('leaving asks for confirmation, can be cancelled, and links nothing', async (t) => {
  const session = await newSession();
  const page = await openAt(t, session, 'Test (Non-OAuth)');
  await at(page, 'Log in to');
  await page.keyboard.press('Escape');
  const dialog = page.getByRole('dialog', { name: 'Leave without linking?' });
  await dialog.waitFor();
  await at(page, 'Log in to', 'leaving');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await press(page, 'Close');
  await press(dialog, 'Keep going');
  await at(page, 'Log in to');
  await press(page, 'Close');
  await press(dialog, 'Leave');
  await at(page, 'All done');
  assert.deepEqual(await collected(session), []);
  assert.equal(await page.getByRole('button').count(), 0);
});

test('an outage after the log-in is shown, and another bank can be chosen', async (t) => {
  const session = await newSession();
  const page = await openAt(t, session, 'Test (Non-OAuth)');
  await press(page, 'Log in');
  await at(page, choose);
  await control('faults', { fault: 'institution_down', institution: 'Test (Non-OAuth)' });
  t.after(() => control('faults'));
  await page.getByLabel('Success').check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await at(page, 'Test (Non-OAuth) cannot be reached');
  await press(page, 'Choose another bank');
  await press(page, 'Test (OAuth)');
  await at(page, 'Continue at Test (OAuth)');
  assert.deepEqual(await collected(session), []);
});

test('an outage is shown with its kind, and another bank can be chosen', async (t) => {
  const page = await openLink(t, await newSession());
  await press(page, 'Agree and continue');
  for (const [name, heading, picture] of [
    ['Down (Scheduled)', 'Down (Scheduled) is down for maintenance', 'down-scheduled'],
    ['Down (Unscheduled)', 'Down (Unscheduled) cannot be reached', 'down-unscheduled'],
    ['Down (Error)', 'Something went wrong at Down (Error)', 'down-error'],
  ]) {
    await press(page, name);
    await at(page, heading, picture);
    if (name === 'Down (Error)') {
      await press(page, 'Try again');
      await at(page, heading);
    }
    await press(page, 'Choose another bank');
    await at(page, 'Choose your bank');
  }
});

test('the search finds old and new names and the unlisted bank, and announces the count', async (t) => {
  const page = await openLink(t, await newSession());
  await press(page, 'Agree and continue');
  const banks = page.getByRole('list', { name: 'Banks' }).getByRole('button');
  assert.equal(await banks.count(), 12);
  const search = page.getByLabel('Search for a bank');
  await search.fill('tokenized');
  assert.deepEqual(await banks.locator('.name').allTextContents(), ['Tokenized Account Number']);
  await page.getByText('1 bank found.').waitFor();
  await search.fill('down BANK');
  assert.equal(await banks.count(), 3);
  await search.fill('harbor');
  await at(page, 'Choose your bank', 'nothing-found');
  assert.equal(await banks.count(), 0);
  await page.getByText('No test institution has this name.').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 0, 'the key clears the search first');
});

for (const [password, through] of Object.entries({
  anything: async () => {},
  incorrect: async (page) => {
    await page.getByRole('alert').getByText('is wrong').waitFor();
    await at(page, 'Log in to', 'incorrect');
    assert.equal(await focused(page).getAttribute('id'), 'password');
    assert.equal(await page.getByLabel('User name').inputValue(), 'jane');
    assert.equal(await page.getByLabel('Password').inputValue(), '');
    await logIn(page, 'right');
  },
  options: async (page) => {
    await at(page, 'How do you want to get your code?', 'method');
    await press(page, 'Send the code');
    await page.getByRole('alert').getByText('Choose one').waitFor();
    await page.getByLabel('E-mail').check();
    await press(page, 'Send the code');
    await at(page, 'Enter your code');
    await page.getByText('j•••@example.com').waitFor();
    await press(page, 'Continue');
    await page.getByRole('alert').getByText('Code: please fill this in.').waitFor();
    await page.getByLabel('Code').fill('1');
    await press(page, 'Continue');
  },
  mfa: async (page) => {
    await at(page, 'Enter your code');
    await page.getByLabel('Code').fill('123456');
    await press(page, 'Continue');
  },
  confirm_mfa: async (page) => {
    await at(page, 'Confirm that it is you', 'confirm');
    await press(page, 'I have confirmed it');
  },
  security_question: async (page) => {
    await at(page, 'Answer a security question', 'question');
    await page.getByLabel('first pet').fill('Rex');
    await press(page, 'Continue');
  },
})) {
  test(`the password ${password} leads on to the accounts`, async (t) => {
    const page = await openAt(t, await newSession(), 'Bank (Non-OAuth)');
    await logIn(page, password);
    await through(page);
    await at(page, choose);
  });
}

test('the password error ends the session', async (t) => {
  const session = await newSession();
  const page = await openAt(t, session, 'Bank (Non-OAuth)');
  await logIn(page, 'error');
  await at(page, 'Linking could not continue', 'ended');
  await page.locator('main').getByRole('button', { name: 'Close' }).click();
  await at(page, 'All done');
  const again = await openLink(t, session);
  await at(again, 'Linking could not continue');
  await again.getByText('the session is finished').waitFor();
});

test('an empty log-in form focuses the empty field', async (t) => {
  const page = await openAt(t, await newSession(), 'Bank (Non-OAuth)');
  await press(page, 'Log in');
  await page.getByRole('alert').getByText('User name: please fill this in.').waitFor();
  assert.equal(await focused(page).getAttribute('id'), 'user-name');
  await page.getByText('Test passwords').click();
  await at(page, 'Log in to', 'passwords');
  await press(page, 'Choose another bank');
  await at(page, 'Choose your bank');
});

test('an OAuth bank opens its own page, where the user can deny the sharing', async (t) => {
  const session = await newSession();
  const page = await openAt(t, session, 'Bank (OAuth)');
  await at(page, 'Continue at Bank (OAuth)', 'oauth');
  const visit = async () => {
    const [bank] = await Promise.all([page.waitForEvent('popup'), press(page, 'Open the bank')]);
    await at(bank, 'Share your accounts?', 'bank');
    assert.equal(await bank.title(), 'Bank (OAuth)');
    return bank;
  };
  await pressLast(await visit(), 'Do not allow');
  await page.getByRole('alert').getByText('did not allow').waitFor();
  await at(page, 'Continue at Bank (OAuth)', 'refused');
  await (await visit()).close();
  await page.getByRole('alert').getByText('was closed').waitFor();
  await pressLast(await visit(), 'Log in and allow');
  await at(page, choose);
  await page.getByLabel('Success').check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await at(page, 'Your account is linked');
  assert.equal((await collected(session))[0].institution_name, 'Bank (OAuth)');
});

test('with a limit of one account, one can be chosen, and closing afterwards keeps it linked', async (t) => {
  const session = await newSession({ 'limits[accounts]': '1' });
  const page = await openAt(t, session, 'Test (Non-OAuth)');
  await press(page, 'Log in');
  await at(page, choose, 'one-account');
  assert.equal(await page.getByRole('checkbox').count(), 0);
  await page.getByRole('radio', { name: 'Success' }).check();
  await page.getByRole('radio', { name: 'Savings' }).check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await at(page, 'Your account is linked');
  await press(page, 'Close');
  await at(page, 'All done');
  assert.deepEqual((await collected(session)).map(({ display_name: name }) => name), ['Savings']);
});

test('too many accounts and none are refused with the reason, and the choice is kept', async (t) => {
  const session = await newSession({ 'limits[accounts]': '2' });
  const page = await openAt(t, session, 'Test (Non-OAuth)');
  await press(page, 'Log in');
  const link = () => page.getByRole('button', { name: 'Link', exact: true }).click();
  await link();
  await page.getByRole('alert').getByText('Choose an account.').waitFor();
  for (const name of ['Success', 'Insufficient Funds', 'Savings']) await page.getByLabel(name).check();
  await page.getByText('3 chosen of at most 2').waitFor();
  await link();
  await page.getByRole('alert').getByText('Choose at most 2: you have chosen 3.').waitFor();
  await at(page, choose, 'too-many');
  await page.getByLabel('Savings').uncheck();
  await link();
  await at(page, '2 accounts are linked');
  assert.equal((await collected(session)).length, 2);
});

test('accounts outside the filters are shown and cannot be chosen', async (t) => {
  const page = await openAt(t, await newSession({ 'filters[account_subcategories][0]': 'savings' }), 'Test (Non-OAuth)');
  await press(page, 'Log in');
  await at(page, choose, 'filtered');
  assert.equal(await page.getByLabel('Savings •••• 4321').isEnabled(), true);
  assert.equal(await page.getByLabel('Success').isEnabled(), false);
  await page.getByText('Not offered: filters[account_subcategories]').first().waitFor();
});

test('if payments are required, a bank without payable accounts has none to link', async (t) => {
  const all = await newSession({ 'filters[require_payment_method_support]': 'all' });
  const page = await openAt(t, all, 'Invalid Payment Accounts');
  await press(page, 'Log in');
  await at(page, 'No account here can be linked', 'no-accounts');
  await press(page, 'Choose another bank');
  await at(page, 'Choose your bank');

  const one = await newSession({ 'filters[require_payment_method_support]': 'at_least_one' });
  const other = await openAt(t, one, 'Test (Non-OAuth)');
  await press(other, 'Log in');
  await other.getByLabel('Credit Card').check();
  await other.getByRole('button', { name: 'Link', exact: true }).click();
  await other.getByRole('alert').getByText('at least one account that can be used').waitFor();
});

test('an unknown client secret is refused', async (t) => {
  const page = await newPage(t);
  await page.goto(`${url}/_sandbox/link`);
  await at(page, 'Open a session');
  await page.goto(`${url}/_sandbox/link#fcsess_client_secret_none`);
  await at(page, 'Linking could not continue');
  await page.getByText('no session has this client secret').waitFor();
});

test('on a screen of 320 pixels nothing is cut off', async (t) => {
  const page = await openAt(t, await newSession(), 'Immediately Requires', { viewport: { width: 320, height: 568 } });
  await at(page, 'Log in to', 'narrow-log-in');
  await press(page, 'Choose another bank');
  await at(page, 'Choose your bank', 'narrow-institutions');
  await press(page, 'Bank (Non-OAuth)');
  await at(page, 'Log in to', 'narrow-credentials');
  await logIn(page, 'x');
  await at(page, choose, 'narrow-accounts');
  await page.getByLabel('Success').check();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await at(page, 'Your account is linked');
});

test('panes appear without motion if the user prefers reduced motion', async (t) => {
  for (const [reducedMotion, animation] of [['reduce', 'none'], ['no-preference', 'appear']]) {
    const page = await openLink(t, await newSession(), { reducedMotion });
    await page.getByRole('heading', { level: 1, name: 'Share' }).waitFor();
    assert.equal(await page.locator('main').evaluate((main) => getComputedStyle(main).animationName), animation);
  }
});
