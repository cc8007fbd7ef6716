import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import { walkProgram } from '../../packages/opml/src/graph/programWalk.ts'
import { tensorBytes } from '../../packages/opml/src/graph/shape.ts'
import { OPERATOR_TABLE, OPERATORS, referenceNode } from '../../packages/opml/src/ops/index.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { runNode } from '../../packages/opml/src/trace/nodeMachine.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { importFor } from '../conformance/onnxComparison.ts'
import { APART, FUSED } from '../conformance/writtenOutCases.ts'
import { testEngine } from './engineProgram.ts'

const BLOCK_BYTES = 128
const reference = referenceNode(OPERATORS)
const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const engines = [1, 2].map((numThreads) => testEngine(numThreads))
afterAll(() => {
  for (const engine of engines) engine.close()
})

const operatorsOf = (p: Parameters<typeof importFor>[0]) =>
  importFor(p).program.sections.flatMap(({ nodes }) => nodes.map(({ op }) => op))

describe('operators that are written out', () => {
  test.each(Object.entries(FUSED))('default: %s', (_, { operators, ...trial }) => {
    expect(operatorsOf(trial)).toEqual(operators)
  })

  test.each(Object.entries(APART))('edge: %s', (_, { operators, ...trial }) => {
    expect(operatorsOf(trial)).toEqual(operators)
  })

  test.each(Object.entries(FUSED))('differential: engine, reference and guest agree: %s', async (_, trial) => {
    const { program, constants: given } = importFor(trial)
    const constants = given.map(({ bytes }) => bytes)
    const inputs = trial.inputs.map(({ bytes }) => bytes as Uint8Array)
    const runs: Parameters<typeof reference>[] = []
    const compute: typeof reference = (...run) => {
      runs.push(run)
      return reference(...run)
    }
    const expected = walkProgram(program, { constants, inputs, compute })
    for (const engine of engines) {
      const loaded = engine.load(program, constants)
      expect(await loaded.run(inputs)).toEqual(expected)
      loaded.close()
    }
    const random = seededRandom(31)
    for (const [node, operands] of runs) {
      const operator = OPERATOR_TABLE.named(node.op) as NonNullable<ReturnType<typeof OPERATOR_TABLE.named>>
      const bytes = new Uint8Array(Math.ceil(tensorBytes(node.shape, node.dtype) / BLOCK_BYTES) * BLOCK_BYTES)
      bytes.set(reference(node, operands))
      const block = random.below(bytes.length / BLOCK_BYTES)
      const run = { descriptor: encodeDescriptor(node, operator), operands, block, step: 0 }
      // What the operator declares as its cost is the most that the machine may take.
      const maxSteps = operator.costSteps(node)
      const result = runNode(guest, run, { createMachine: (start) => new Translator(start), maxSteps })
      expect(result.block).toEqual(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
    }
  })
})
