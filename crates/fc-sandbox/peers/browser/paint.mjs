// Measures the console with 10,000 accounts and 1,000,000 transactions: `FC_SANDBOX=… CHROMIUM=… node paint.mjs [rounds]`.
//
// It fails if the median of the first paint is above 500 ms, or that of a page of transactions above 100 ms. The figures mean
// nothing on a busy machine, so no gate runs it. Build the sandbox with `--release`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const { CHROMIUM, FC_SANDBOX } = process.env;
const rounds = Number(process.argv[2] ?? 9);
const KEY = 'sk_test_paint';

const server = spawn(FC_SANDBOX, ['--accounts', '10000', '--transactions', '1000000'], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, RUST_LOG: 'warn' } });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const [line] = await once(createInterface(server.stdout), 'line');
  const { url } = JSON.parse(line);
  const api = async (path) => (await fetch(`${url}/v1/${path}`, { headers: { authorization: `Bearer ${KEY}` } })).json();
  const { data } = await api('financial_connections/accounts?limit=100');
  const { worlds: [{ id: world, accounts }] } = await (await fetch(`${url}/_sandbox/worlds`)).json();
  console.log(`${accounts} accounts; median of ${rounds} rounds, fastest and slowest in brackets`);
  const figures = {};
  const add = (name, value) => (figures[name] ??= []).push(value);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, place, row] of [['overview', `/${world}`, '.numbers li'], ['accounts', `/${world}/accounts`, 'tbody tr'], ['account', `/${world}/accounts/${data[round % data.length].id}`, '#transactions tbody tr']]) {
      // A browser that has nothing in its cache.
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${url}/_sandbox/console#${place}`);
      await page.locator(row).first().waitFor();
      const { paint, shown } = await page.evaluate(() => ({
        paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime, shown: performance.now(),
      }));
      add(`first paint, ${name}`, paint);
      add(`rows are there, ${name} (with the driver)`, shown);
      if (name === 'account') {
        const took = await page.evaluate(async (path) => {
          const start = performance.now();
          const first = await (await fetch(path)).json();
          const next = `${path}&starting_after=${first.transactions.at(-1).id}`;
          const middle = performance.now();
          await (await fetch(next)).json();
          return [middle - start, performance.now() - middle];
        }, `worlds/${world}/accounts/${data[(round + 50) % data.length].id}/transactions?limit=50`);
        add('page of 50 transactions, first read of the account', took[0]);
        add('page of 50 transactions, next', took[1]);
      }
      await context.close();
    }
  }
  const failed = [];
  for (const [name, values] of Object.entries(figures)) {
    const sorted = values.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(`${name}: ${median.toFixed(1)} ms (${sorted[0].toFixed(1)}–${sorted.at(-1).toFixed(1)})`);
    if (median > (name.startsWith('first paint') ? 500 : name.startsWith('page') ? 100 : Infinity)) failed.push(name);
  }
  if (failed.length > 0) {
    console.log(`too slow: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  await browser.close();
  server.kill('SIGKILL');
}
