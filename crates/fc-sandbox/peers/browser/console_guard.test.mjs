// What pages of other origins get of the console and of the controls that it calls: nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { frontEnd, newPage, url } from './bench.mjs';
import { look, newWorld, openConsole } from './console_bench.mjs';

const NAME = 'rebound.example';
const { CHROMIUM } = process.env;
const READS = ['console', 'console/console.js', 'worlds', 'state', 'requests', 'changes', 'clock', 'faults', ''];

/** Runs in a page: what it can read and change. */
async function attack([base, reads]) {
  const attempts = [];
  const attempt = async (name, work) => {
    try {
      attempts.push([name, await work()]);
    } catch {
      attempts.push([name, 'nothing']);
    }
  };
  for (const path of reads) {
    const address = `${base}/_sandbox/${path}`;
    const text = async (options) => {
      const response = await fetch(address, options);
      return response.type === 'opaque' ? 'nothing' : `${response.status}`;
    };
    await attempt(`GET ${path}`, () => text());
    await attempt(`GET ${path} without CORS`, () => text({ mode: 'no-cors' }));
    await attempt(`GET ${path} with credentials`, () => text({ credentials: 'include' }));
    await attempt(`script ${path}`, () => new Promise((resolve) => {
      const script = document.createElement('script');
      Object.assign(script, { src: address, onload: () => resolve('loaded'), onerror: () => resolve('nothing') });
      document.head.append(script);
    }));
  }
  await attempt('stream', () => new Promise((resolve) => {
    const source = new EventSource(`${base}/_sandbox/changes`);
    source.addEventListener('changes', () => resolve('event'));
    source.addEventListener('error', () => { source.close(); resolve('nothing'); });
  }));
  for (const [path, method, body] of [
    ['clock', 'POST', '{"advance":86400}'], ['worlds', 'POST', '{"key":"sk_test_foreign"}'], ['state', 'DELETE', undefined], ['faults', 'POST', '{"fault":"unavailable"}'],
    ['banks', 'POST', '{"name":"x","down":true}'], ['requests', 'DELETE', undefined],
  ]) {
    for (const mode of ['cors', 'no-cors']) {
      await attempt(`${method} ${path} ${mode}`, async () => {
        const response = await fetch(`${base}/_sandbox/${path}`, { method, body, mode });
        return response.type === 'opaque' ? 'nothing' : `${response.status}`;
      });
    }
  }
  return attempts;
}

/** Nothing was read: no response, or a refusal. */
function assertNothing(attempts) {
  assert.ok(attempts.length > 40);
  for (const [name, result] of attempts) assert.ok(result === 'nothing' || result === '403', `${name}: ${result}`);
}

async function unchanged(work) {
  const { world } = await newWorld();
  const before = [await look('worlds'), await look('faults'), (await look('requests')).total];
  const clock = (await look('clock')).now;
  await work(world);
  assert.deepEqual([await look('worlds'), await look('faults'), (await look('requests')).total], before);
  assert.ok((await look('clock')).now - clock < 3600);
}

test('a page of another origin reads and changes nothing', async (t) => {
  await unchanged(async () => {
    const page = await newPage(t, { expected: /./ });
    await page.goto(await frontEnd(t, '<title>Foreign</title>'));
    assertNothing(await page.evaluate(attack, [url, READS]));
    // Another port of this machine is the same site, and another origin.
    await page.goto((await frontEnd(t, '<title>Foreign</title>')).replace('127.0.0.1', 'localhost'));
    assertNothing(await page.evaluate(attack, [url.replace('127.0.0.1', 'localhost'), READS]));
  });
});

test('a page that frames the console shows nothing of it', async (t) => {
  const { world } = await newWorld();
  const page = await newPage(t, { expected: /./ });
  await page.goto(await frontEnd(t, `<title>Framing</title><iframe src="${url}/_sandbox/console#/${world}"></iframe>`));
  await page.locator('iframe').waitFor();
  const frame = page.frames()[1];
  await frame.waitForLoadState();
  assert.equal(await frame.locator('#places, #view').count(), 0);
  // The policy refuses a frame even of the same origin.
  const own = await openConsole(t, '', { expected: /./ });
  await own.evaluate(() => document.body.append(Object.assign(document.createElement('iframe'), { src: '/_sandbox/console' })));
  await own.frames()[1].waitForLoadState();
  assert.equal(await own.frames()[1].locator('#places').count(), 0);
});

test('a page whose name leads to this machine gets nothing', { timeout: 60_000 }, async (t) => {
  await unchanged(async () => {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests', `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    });
    t.after(() => browser.close());
    const page = await browser.newPage();
    const evil = `http://${NAME}:${new URL(url).port}`;
    await page.route(`${evil}/attack`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Attack</title>' }));
    await page.goto(`${evil}/attack`);
    assertNothing(await page.evaluate(attack, [evil, READS]));
    const shown = await page.goto(`${evil}/_sandbox/console`);
    assert.equal(shown.status(), 403);
  });
});

test('a foreign Host gets nothing', async () => {
  const { request } = await import('node:http');
  const { hostname, port } = new URL(url);
  for (const path of READS) {
    const status = await new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path: `/_sandbox/${path}`, headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
    assert.equal(status, 403, path);
  }
});
