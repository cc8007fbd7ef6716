import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import { walkProgram } from '../../packages/opml/src/graph/programWalk.ts'
import { tensorBytes } from '../../packages/opml/src/graph/shape.ts'
import { RULE_MODELS } from '../../packages/opml/src/importers/quantise/testing/ruleModels.ts'
import { quantiseSmall } from '../../packages/opml/src/importers/quantise/testing/smallModel.ts'
import { OPERATOR_TABLE, OPERATORS, referenceNode } from '../../packages/opml/src/ops/index.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { runNode } from '../../packages/opml/src/trace/nodeMachine.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { testEngine } from './engineProgram.ts'
import { pickBytes } from './samples/sample.ts'

const BLOCK_BYTES = 128
const reference = referenceNode(OPERATORS)
const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const engines = [1, 2].map((numThreads) => testEngine(numThreads))
afterAll(() => {
  for (const engine of engines) engine.close()
})

describe.each(RULE_MODELS.flatMap(([name, model]) => [8, 16].map((bits) => ({ name, model, bits }))))(
  '$name, $bits bits',
  ({ model, bits }) => {
    test('differential: reference, portable kernels, engine and guest give the same bits', async () => {
      const quantised = await quantiseSmall(model, {
        isWide: () => bits === 16,
        evaluate: portable.node.bind(portable),
      })
      const { program } = quantised
      const constants = quantised.constants.map(({ bytes }) => bytes)
      // Integers of the whole range of their dtype, not only those that the calibration saw.
      const random = seededRandom(20_29)
      const inputs = program.inputs.map(({ dtype, shape }) =>
        pickBytes(random, { dtype, count: shape.reduce((product, dim) => product * dim, 1) }),
      )
      const runs: Parameters<typeof reference>[] = []
      const compute: typeof reference = (...given) => {
        runs.push(given)
        return reference(...given)
      }
      const expected = walkProgram(program, { constants, inputs, compute })
      expect(portable.run(program, { constants, inputs })).toEqual(expected)
      for (const engine of engines) {
        const loaded = engine.load(program, constants)
        expect(await loaded.run(inputs)).toEqual(expected)
        loaded.close()
      }
      for (const [node, operands] of runs) {
        const operator = OPERATOR_TABLE.named(node.op) as NonNullable<ReturnType<typeof OPERATOR_TABLE.named>>
        const bytes = new Uint8Array(Math.ceil(tensorBytes(node.shape, node.dtype) / BLOCK_BYTES) * BLOCK_BYTES)
        bytes.set(reference(node, operands))
        const block = random.below(bytes.length / BLOCK_BYTES)
        const run = { descriptor: encodeDescriptor(node, operator), operands, block, step: 0 }
        const result = runNode(guest, run, { createMachine: (start) => new Translator(start), maxSteps: 2 ** 30 })
        expect(result.block).toEqual(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
      }
    })
  },
)
