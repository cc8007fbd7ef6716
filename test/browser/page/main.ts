import { startTests, type Task, type Test, type VitestRunner } from '@vitest/runner'
import { getNames, getTests } from '@vitest/runner/utils'
import type { PageEvent } from './events.ts'
import { describeError, report } from './report.ts'

/** As in vitest.config.ts. */
const TIMEOUT_MS = 60_000

/** Runs a test file with vitest's own runner, which reports each test before and after. */
class PageRunner implements VitestRunner {
  readonly config: VitestRunner['config'] = {
    root: '/',
    setupFiles: [],
    name: 'browser',
    passWithNoTests: false,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  }

  importFile(path: string): Promise<unknown> {
    return import(path)
  }

  onBeforeRunTask(test: Test): Promise<void> {
    return report({ kind: 'testStart', test: nameOf(test), timeoutMs: test.timeout })
  }
}

const nameOf = (task: Task): string => getNames(task).slice(1).join(' > ')
const errorsOf = (task: Task): string[] => (task.result?.errors ?? []).map(describeError)

function endOf(test: Test): PageEvent {
  const state = test.result?.state ?? test.mode
  const outcome = state === 'pass' ? 'passed' : state === 'skip' || state === 'todo' ? 'skipped' : 'failed'
  return { kind: 'testEnd', test: nameOf(test), outcome, errors: errorsOf(test) }
}

/** Errors of the file itself and of its suites: loading, hooks. */
function suiteErrors(task: Task): string[] {
  return task.type === 'test' ? [] : [...errorsOf(task), ...task.tasks.flatMap(suiteErrors)]
}

async function runFile(path: string): Promise<void> {
  await report({ kind: 'fileStart', file: path })
  const runner: VitestRunner = new PageRunner()
  runner.onAfterRunTask = (test) => report(endOf(test))
  const files = await startTests([path], runner)
  for (const text of files.flatMap(suiteErrors)) await report({ kind: 'error', text })
  const notRun = getTests(files).filter((test) => test.result === undefined)
  for (const test of notRun) await report(endOf(test))
  await report({ kind: 'fileEnd', file: path })
}

/** The test file of this page, and the page of the next one. */
const { file, next } = document.documentElement.dataset
if (file === undefined) throw new Error('The page names no test file.')
await runFile(file)
if (next === undefined) await report({ kind: 'done' })
else location.replace(next)
