import { writeFile } from 'node:fs/promises'
import { FileAccessError } from '@opml/node/errors'
import { bytesToHex } from 'opml/core'
import { CodeTree, haltName, recordStep, replayStep, stateHash } from 'opml/vm'
import { parseCount } from '../../amounts.ts'
import { baseCommand } from '../../baseCommand.ts'
import type { CommandFactory } from '../../context.ts'
import { jsonLine, writeResult } from '../../context.ts'
import { instructionAt } from './instructionAt.ts'
import { loadProgram, memoryTreeOf, runMachine, startMachine, withExecutor, withProgramFile } from './vmProgram.ts'
import type { ExecutorName, InputOption } from './vmProgram.ts'

type ProveOptions = InputOption & { readonly executor: ExecutorName; readonly step: string; readonly out?: string }

/** `opml vm prove FILE --step K`: the witness with which a contract executes that instruction. */
export const vmProveCommand: CommandFactory = (context) =>
  withExecutor(
    withProgramFile(
      baseCommand('prove', {
        summary: 'write the witness of one step (spec/07 §1)',
        example: 'opml vm prove models/mnist-int8.elf --input models/digits/7.bin --step 1000 --out step.json',
      }),
    ),
  )
    .requiredOption('--step <k>', 'instructions executed before the one to prove')
    .option('--out <file>', 'where to write the witness (default: standard output)')
    .action(async (file: string, options: ProveOptions) => {
      const numSteps = parseCount('--step', options.step, { min: 0, max: Number.MAX_SAFE_INTEGER })
      const program = await loadProgram(file, options)
      const machine = startMachine(program, options.executor)
      await runMachine(context, { machine, maxSteps: numSteps, isQuiet: options.json === true })
      const memory = memoryTreeOf(program.image, machine)
      const code = new CodeTree(program.image)
      const prestateHash = stateHash(machine.registers, memory.root())
      const witness = recordStep(machine, { memory, code })
      const { codeEnd } = program.image
      const poststateHash = replayStep({ prestateHash, witness, codeEnd, codeRoot: code.root() })
      const [pc = 0] = machine.registers
      const proof = {
        step: numSteps,
        pc,
        instruction: haltName(pc) ?? instructionAt(machine, pc),
        codeEnd,
        codeRoot: bytesToHex(code.root()),
        prestateHash: bytesToHex(prestateHash),
        poststateHash: bytesToHex(poststateHash),
        witness: bytesToHex(witness),
      }
      if (options.out !== undefined) await write(options.out, `${jsonLine(proof)}\n`)
      const { witness: text, ...summary } = proof
      writeResult(context, {
        isJson: options.json === true || options.out === undefined,
        json: options.out === undefined ? proof : { ...summary, witnessBytes: witness.length, file: options.out },
        text: `Step ${numSteps}: ${proof.instruction}; ${(text.length - 2) / 2} bytes of witness in ${options.out}.`,
      })
    })

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the witness', cause })
  })
}
