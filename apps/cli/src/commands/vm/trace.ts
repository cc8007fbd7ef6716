import { describeModel } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import { MachineTrace, taskRun } from 'opml/vm'
import { parseCount } from '../../amounts.ts'
import { baseCommand } from '../../baseCommand.ts'
import type { CommandFactory } from '../../context.ts'
import { writeResult } from '../../context.ts'
import { heightsOf, withHeights } from '../../modelOptions.ts'
import type { ModelOptions } from '../../modelOptions.ts'
import { EXECUTORS, loadProgram, withExecutor, withProgramFile } from './vmProgram.ts'
import type { ExecutorName, InputOption } from './vmProgram.ts'

type TraceOptions = InputOption & ModelOptions & { readonly executor: ExecutorName; readonly stride?: string }

/** `opml vm trace FILE`: what a claim about this run commits to. */
export const vmTraceCommand: CommandFactory = (context) =>
  withExecutor(
    withHeights(
      withProgramFile(
        baseCommand('trace', {
          summary: 'print the commitments of each level of a run (spec/05)',
          example: 'opml vm trace models/mnist-int8.elf --input models/digits/7.bin --json',
        }),
      ),
    ),
  )
    .option('--stride <k>', 'coarse leaf whose fine tree is computed (default: the one in which the run ends)')
    .action(async (file: string, options: TraceOptions) => {
      const heights = heightsOf(options)
      const { image, inputBytes } = await loadProgram(file, options)
      const trace = new MachineTrace({
        run: taskRun(image, inputBytes),
        ...heights,
        createMachine: EXECUTORS[options.executor],
      })
      const numSteps = trace.numSteps()
      const stride = strideOf(options.stride, { ...heights, numSteps })
      const coarse = trace.coarseTree()
      const fine = trace.fineTree(stride)
      const final = trace.final()
      const json = {
        modelId: describeModel(image, heights).modelId,
        steps: numSteps,
        initialStateHash: bytesToHex(trace.initialStateHash),
        finalStateHash: bytesToHex(final.stateHash),
        result: bytesToHex(final.outcome),
        output: final.output === null ? null : bytesToHex(final.output),
        levels: [
          { level: 'coarse', height: heights.coarseHeight, root: bytesToHex(coarse.root()) },
          {
            level: 'fine',
            height: heights.fineHeight,
            stride,
            prestateHash: bytesToHex(trace.stateHashBefore(stride)),
            root: bytesToHex(fine.root()),
          },
        ],
      }
      writeResult(context, {
        isJson: options.json === true,
        json,
        text: [
          `model           ${json.modelId}`,
          `steps           ${numSteps}`,
          `initial state   ${json.initialStateHash}`,
          `final state     ${json.finalStateHash}`,
          `result          ${json.result}`,
          `coarse root     ${bytesToHex(coarse.root())}  (height ${heights.coarseHeight})`,
          `fine root       ${bytesToHex(fine.root())}  (height ${heights.fineHeight}, below coarse leaf ${stride})`,
        ].join('\n'),
      })
    })

function strideOf(
  value: string | undefined,
  p: { coarseHeight: number; fineHeight: number; numSteps: number },
): number {
  const max = 2 ** p.coarseHeight - 1
  if (value !== undefined) return parseCount('--stride', value, { min: 0, max })
  return Math.max(0, Math.ceil(p.numSteps / 2 ** p.fineHeight) - 1)
}
