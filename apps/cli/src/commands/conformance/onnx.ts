import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { FileAccessError } from '@opml/node/errors'
import { Engine, PortableExecutor, PortableKernels, RunCancelledError } from 'opml/engine'
import { type ConformanceOptions, type ConformanceOutcome, runConformanceTest } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { baseCommand } from '../../baseCommand.ts'
import type { CommandFactory } from '../../context.ts'
import { writeResult } from '../../context.ts'
import { NegativeOutcomeError, UsageError } from '../../exitCodes.ts'
import { readConformanceTest, testFolders } from '../../tensors/conformanceFolder.ts'

interface Options {
  readonly known?: string
  readonly json?: boolean
}

/** `opml conformance onnx DIR…`: runs tests in the layout of the ONNX project's backend tests. */
export const conformanceOnnxCommand: CommandFactory = (context) =>
  baseCommand('onnx', {
    summary: 'run tests in the layout of the ONNX backend tests: model.onnx, test_data_set_*/input_*.pb, output_*.pb',
    example: 'opml conformance onnx /usr/share/libonnx-testdata/data/node --known known.txt --json',
  })
    .argument('<folders...>', 'folders of one test each, or folders that hold such folders')
    .option('--known <file>', 'names of tests that may fail, one a line; # begins a comment')
    .action(async (folders: readonly string[], options: Options) => {
      const known = options.known === undefined ? new Set<string>() : await namesIn(options.known)
      const outcomes: ConformanceOutcome[] = []
      const runner = conformanceRunner()
      for (const path of folders) {
        const found = await testFolders(path)
        if (found.length === 0)
          throw new UsageError({ flag: 'folder', value: path, expected: 'a folder of tests: there is no model.onnx' })
        for (const folder of found) {
          if (context.signal.aborted) throw new RunCancelledError({ cause: context.signal.reason })
          if (context.isTerminal && options.json !== true) context.writeError(`\r${outcomes.length} `)
          outcomes.push(await runConformanceTest(await readConformanceTest(folder, basename(folder)), runner))
        }
      }
      const report = reportOf(outcomes, known)
      writeResult(context, { isJson: options.json === true, json: report, text: textOf(report) })
      if (report.failed.length > 0)
        throw new NegativeOutcomeError({
          message: `${report.failed.length} tests failed that are not known to fail.`,
          suggestion: 'Each is listed with what is wrong; "--known" names those that may fail.',
        })
    })

function conformanceRunner(): ConformanceOptions {
  const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  const engine = Engine.create({ operators: OPERATOR_TABLE })
  return {
    evaluate: (node, operands) => portable.node(node, operands),
    run: async (program, { constants, inputs }) => {
      const loaded = engine.load(program, constants)
      try {
        return await loaded.run(inputs)
      } finally {
        loaded.close()
      }
    },
  }
}

function reportOf(outcomes: readonly ConformanceOutcome[], known: ReadonlySet<string>) {
  const of = (result: ConformanceOutcome['result']) => outcomes.filter((outcome) => outcome.result === result)
  const listed = (list: readonly ConformanceOutcome[]) => list.map(({ name, reason }) => ({ name, reason }))
  return {
    tests: outcomes.length,
    passed: of('passed').length,
    passedWithBoundInputs: of('bound').length,
    failed: listed(of('failed').filter(({ name }) => !known.has(name))),
    knownFailures: listed(of('failed').filter(({ name }) => known.has(name))),
    /** Named in the list of known failures, but passed: the list can be shortened. */
    unexpectedlyPassed: outcomes
      .filter(({ name, result }) => known.has(name) && (result === 'passed' || result === 'bound'))
      .map(({ name }) => name),
    unsupported: listed(of('unsupported')),
    bound: of('bound').map(({ name, boundInputs }) => ({ name, inputs: boundInputs })),
  }
}

type Report = ReturnType<typeof reportOf>

function textOf(report: Report): string {
  const lines = (head: string, list: Report['failed']) =>
    list.length === 0
      ? []
      : [head, ...list.map(({ name, reason }) => `  ${name}: ${reason?.replaceAll('\n', '\n    ')}`)]
  return [
    ...lines('unsupported', report.unsupported),
    ...lines('failed as known', report.knownFailures),
    ...lines('failed', report.failed),
    `${report.tests} tests: ${report.passed} passed, ${report.passedWithBoundInputs} passed with bound inputs, ${report.unsupported.length} unsupported, ${report.failed.length} failed, ${report.knownFailures.length} failed as known`,
  ].join('\n')
}

async function namesIn(path: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the list of known failures', cause })
  })
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return new Set(lines.filter((line) => line !== ''))
}
