// Each view of the console in each colour scheme and on two screens: no rule of axe is broken, and nothing is cut off.

import { test } from 'node:test';
import { at } from './bench.mjs';
import { fullWorld, look, openConsole } from './console_bench.mjs';

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of [['wide', { width: 1280, height: 900 }], ['narrow', { width: 320, height: 640 }]]) {
    test(`each view is clean, ${colorScheme} and ${size}`, async (t) => {
      const { world, account } = await fullWorld(t);
      const [delivery] = (await look(`worlds/${world}/deliveries?state=pending`)).deliveries;
      const [event] = (await look(`worlds/${world}/events`)).events;
      const { requests } = await look(`requests?world=${world}&method=POST`);
      const page = await openConsole(t, `/${world}`, { colorScheme, viewport });
      const places = {
        '': 'Overview', accounts: 'Accounts', requests: 'Requests', events: 'Events', deliveries: 'Deliveries', sessions: 'Sessions',
        controls: 'Controls', [`accounts/${account}`]: `Account ${account}`, [`requests/${requests[0].number}`]: 'Request',
        [`events/${event.id}`]: `Event ${event.id}`, [`deliveries/${encodeURIComponent(delivery.id)}`]: 'Delivery of',
      };
      for (const [place, heading] of Object.entries(places)) {
        await page.evaluate((hash) => { location.hash = hash; }, `/${world}/${place}`);
        await page.locator('.region > *').first().waitFor();
        await at(page, heading, `console-${place.split('/')[0] || 'overview'}${place.includes('/') ? '-one' : ''}-${colorScheme}-${size}`);
        const closed = await page.locator('main details').all();
        for (const details of closed) await details.evaluate((element) => { element.open = true; });
        if (closed.length > 0) await at(page, heading);
      }
      await page.evaluate(() => { location.hash = '/'; });
      await at(page, 'Worlds', `console-worlds-${colorScheme}-${size}`);
    });
  }
}
