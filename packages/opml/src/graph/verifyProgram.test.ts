import { describe, expect, test } from 'vitest'
import type { Dtype } from './dtype.ts'
import type { MicroOp } from './node.ts'
import type { Program, Section } from './program.ts'
import { denseOf, mapNode, op, SAMPLE, viewOf } from './testing/samplePrograms.ts'
import { TEST_OPERATORS } from './testing/testOperators.ts'
import {
  OPTIONS,
  counter,
  type Refused,
  refusal,
  rows,
  withMicroOps,
  withNode,
  withReduce,
  withSection,
} from './testing/verifySample.ts'
import { verifyProgram } from './verifyProgram.ts'

describe('accepts', () => {
  test('default: the sample', () => expect(refusal(SAMPLE)).toBeUndefined())

  const accepted: [fact: string, program: Program][] = [
    [
      'a previous value of a later node of the section',
      withNode(1, 0, {
        operands: [
          counter.operands[0],
          viewOf({ kind: 'previous', index: 1, initial: { kind: 'zero' } }, { strides: [0], offset: -14 }),
        ],
      }),
    ],
    [
      'an initial value of an earlier section',
      withNode(1, 1, {
        operands: [
          denseOf({ kind: 'previous', index: 1, initial: { kind: 'zero' } }, { dims: [10] }),
          rows.operands[1],
        ],
      }),
    ],
    [
      'a view that leaves its tensor where nothing is read',
      withNode(1, 0, {
        microOps: [op('i32.const', [], 4)],
        operands: [viewOf({ kind: 'input', index: 1 }, { strides: [99], dtype: 'i32' })],
      }),
    ],
    [
      'an output without elements under a view that leaves its tensor',
      {
        ...withSection(1, {
          nodes: [
            counter,
            mapNode({
              shape: [0, 3],
              operands: [viewOf({ kind: 'input', index: 0 }, { strides: [-1, 2 ** 31 - 1] })],
              microOps: [op('load', [0])],
            }),
          ],
        }),
        outputs: [{ name: '', dtype: 'f32', shape: [0], section: 1, node: 1 }],
      },
    ],
    ['a product without terms', withNode(0, 0, { attributes: { k: 0, strideA: -1, strideB: 2 ** 30 } })],
    ['all 24 micro-ops', withMicroOps(...new Array<MicroOp>(24).fill(op('i32.const', [], 1)))],
    [
      'a choice by an i32 among f32 and among i64',
      withNode(0, 0, {
        microOps: [
          op('acc'),
          op('i32.const'),
          op('i64.const'),
          op('i64.select', [1, 2, 2]),
          op('f32.select', [1, 0, 0]),
        ],
      }),
    ],
    ['no epilogue: the accumulator itself', withNode(0, 0, { microOps: [] })],
    [
      'pre-ops that change the class of the elements',
      withReduce({ numPreOps: 1, mode: 3 }, [op('i32.const', [], 1), op('acc'), op('f32.convert_i64_s', [0])]),
    ],
    ['an infinite attribute where the bound is infinite', withReduce({ limit: Number.POSITIVE_INFINITY })],
    ['2^32 − 1 step positions', withSection(1, { steps: 2 ** 32 - 2 })],
    ['a node of exactly the dearest cost', withNode(0, 0, { attributes: { k: 1024, strideA: 0, strideB: 0 } })],
  ]
  test.each(accepted)('edge: accepts %s', (_, program) => expect(refusal(program)).toBeUndefined())
})

describe('program', () => {
  const output = SAMPLE.outputs[0]
  const outputs = (change: object): Program => ({ ...SAMPLE, outputs: [{ ...output, ...change }] })
  const declared = (shape: number[], dtype: Dtype = 'f32') => ({ name: 'w', dtype, shape })
  const cases: Refused[] = [
    ['no section', { ...SAMPLE, sections: [] }, 'The program: 0 sections; 1 to 65535 are possible.'],
    [
      '2^16 sections',
      { ...SAMPLE, sections: new Array<Section>(65536).fill(SAMPLE.sections[0]) },
      'The program: 65536 sections; 1 to 65535 are possible.',
    ],
    ['a section without a node', withSection(0, { nodes: [] }), 'Section 0: a section needs a node.'],
    ['no steps', withSection(1, { steps: 0 }), 'Section 1: 0 steps; 1 to 4294967295 are possible.'],
    ['a broken number of steps', withSection(1, { steps: 1.5 }), 'Section 1: 1.5 steps; 1 to 4294967295 are possible.'],
    [
      '2^32 step positions',
      withSection(1, { steps: 2 ** 32 - 1 }),
      'The program: 4294967296 step positions; at most 4294967295 are possible.',
    ],
    [
      'a halt node that does not exist',
      withSection(1, { haltNode: 2 }),
      'Section 1: there is no node 2 to halt the section.',
    ],
    [
      'a halt node under 4 bytes',
      withSection(0, { haltNode: 1 }),
      'Section 0: halt node 1 has 2 bytes, a halt word takes 4.',
    ],
    [
      'a constant with seven dimensions',
      { ...SAMPLE, constants: [declared([1, 1, 1, 1, 1, 1, 1])] },
      'The program: constant 0 ("w"): [1, 1, 1, 1, 1, 1, 1] is no shape.',
    ],
    [
      'a constant with a broken dimension',
      { ...SAMPLE, constants: [declared([0.5])] },
      'The program: constant 0 ("w"): [0.5] is no shape.',
    ],
    [
      'an input of more than 1 GiB',
      { ...SAMPLE, inputs: [declared([2 ** 28, 2])] },
      'The program: input 0 ("w"): A tensor f32[268435456, 2] has more than 1 GiB.',
    ],
    [
      'an input of an unknown dtype',
      { ...SAMPLE, inputs: [declared([1], 'f8' as Dtype)] },
      'The program: input 0 ("w"): "f8" is no dtype.',
    ],
    ['no output', { ...SAMPLE, outputs: [] }, 'The program: it has no outputs.'],
    [
      'an output of a section that does not exist',
      outputs({ section: 2 }),
      'The program: output 0 ("norm"): there is no node 1 in section 2.',
    ],
    [
      'an output of a node that does not exist',
      outputs({ node: 2 }),
      'The program: output 0 ("norm"): there is no node 2 in section 0.',
    ],
    [
      'an output of another dtype',
      outputs({ dtype: 'f16' }),
      'The program: output 0 ("norm"): it is declared f16, its node makes bf16.',
    ],
    [
      'an output of another length',
      outputs({ shape: [2] }),
      'The program: output 0 ("norm"): it is declared with 4 bytes, its node has 2.',
    ],
  ]
  test.each(cases)('error: refuses %s', (_, program, message) => expect(refusal(program)).toBe(message))

  test('error: names section and node, and carries the rule alone', () => {
    const error = (() => {
      try {
        verifyProgram(withMicroOps(), OPTIONS)
      } catch (caught) {
        return caught
      }
    })()
    expect(error).toMatchObject({ section: 1, node: 0, rule: 'Map needs micro-ops.', code: 'GRAPH_INVALID_PROGRAM' })
  })

  test('error: a bug in an operator is not taken for a bad program', () => {
    const broken = {
      ...TEST_OPERATORS,
      named: () => {
        throw new TypeError('bug')
      },
    }
    expect(() => verifyProgram(SAMPLE, { ...OPTIONS, operators: broken })).toThrow(TypeError)
  })
})
