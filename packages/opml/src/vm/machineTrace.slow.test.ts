import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { seededRandom } from '../core/seededRandom.ts'
import { CodeTree } from './codeTree.ts'
import { loadElf } from './elf.ts'
import { Interpreter } from './interpreter.ts'
import { MachineTrace, type MachineTraceOptions } from './machineTrace.ts'
import { type TaskFinal, taskRun } from './taskRun.ts'
import { Translator } from './translator/translator.ts'
import { replayStep } from './witness.ts'

const SEED = 31
const file = (path: string) => new Uint8Array(readFileSync(new URL(`../../../../models/${path}`, import.meta.url)))

describe.each(['mnist-f32', 'mnist-int8'])('trace of %s', (name) => {
  const image = loadElf(file(`${name}.elf`))
  const options: MachineTraceOptions<TaskFinal> = {
    run: taskRun(image, file('digits/3.bin')),
    coarseHeight: 12,
    fineHeight: 12,
    createMachine: (program) => new Translator(program),
  }
  const traces = [
    new MachineTrace(options),
    new MachineTrace({ ...options, createMachine: (program) => new Interpreter(program) }),
    new MachineTrace({ ...options, maxCheckpointBytes: 65_536 }),
  ]

  test('differential: both executors and a small memory for checkpoints give the same coarse root and result', () => {
    const [first, ...others] = traces.map((trace) => ({
      root: bytesToHex(trace.coarseTree().root()),
      result: bytesToHex(trace.final().outcome),
      numSteps: trace.numSteps(),
    }))
    for (const other of others) expect(other).toEqual(first)
    expect(traces[0].final().output?.[0]).toBe(3)
  })

  test(`differential: fine trees agree, and sampled witnesses lead from leaf to leaf, seed ${SEED}`, () => {
    const codeRoot = new CodeTree(image).root()
    const numStrides = Math.ceil(traces[0].numSteps() / 4096)
    const random = seededRandom(SEED)
    for (let i = 0; i < 12; i++) {
      const stride = i === 0 ? numStrides - 1 : random.below(numStrides)
      const trees = traces.map((trace) => trace.fineTree(stride))
      expect(new Set(trees.map((tree) => bytesToHex(tree.root()))).size, `stride ${stride}`).toBe(1)
      for (const position of [0, 1, random.below(4000), 4094, 4095]) {
        const witness = traces[i % 3].witness(stride * 4096 + position)
        const prestateHash = keccak256(witness.slice(0, 160))
        const before = position === 0 ? traces[0].stateHashBefore(stride) : trees[0].node(0, position - 1)
        expect(prestateHash).toEqual(before)
        const next = replayStep({ prestateHash, witness, codeEnd: image.codeEnd, codeRoot })
        expect(next, `stride ${stride}, position ${position}`).toEqual(trees[0].node(0, position))
      }
    }
  })
})
