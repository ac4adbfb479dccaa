import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { askStep, agentStep, pipelineOf } from '../support/documents.js';
import { opened, root, startEnvironment, type Environment } from '../support/environment.js';
import { compiled } from '../support/run-engine.js';

let environment: Environment;
beforeAll(async () => {
  environment = await startEnvironment({ m: { answers: ['a draft'] } }, { hasWebUi: true });
});
afterAll(() => environment.stop());

/** Debian's name and others'. */
function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

it('Temporal Web UI shows a run that waits for a person', async () => {
  const document = pipelineOf([agentStep('draft'), askStep('approve', { message: 'Send it?' })], {
    agents: { draft: { model: 'scripted:m' } },
  });
  const run = await environment.client.start(compiled(document), { taskQueue: environment.taskQueue });
  await opened(run);
  const page = `${environment.server.uiUrl}/namespaces/default/workflows/${run.runId}`;
  expect((await fetch(page)).status).toBe(200);

  const executablePath = findChromium();
  if (executablePath) {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
    const tab = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    await tab.goto(page);
    await tab.getByText('draft · try 1').first().waitFor();
    mkdirSync(join(root, '.cache/screenshots'), { recursive: true });
    const path = join(root, '.cache/screenshots/waiting-run.png');
    await tab.screenshot({ path });
    await browser.close();
    expect(statSync(path).size).toBeGreaterThan(10_000);
  } else {
    process.stdout.write('note: no system Chromium: the screenshot of the Web UI was not taken\n');
  }
  await run.decide({ requestId: 'approve', data: true });
  await run.result();
});
