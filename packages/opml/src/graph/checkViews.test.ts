import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkViewInside } from './checkViews.ts'
import { InvalidProgramError } from './errors.ts'
import { denseOf, mapNode, op, viewOf } from './testing/samplePrograms.ts'
import { layer, type Refused, refusal, rows, withMicroOps, withNode, withOperand } from './testing/verifySample.ts'

describe('checkViews', () => {
  const input = (p: { strides: number[]; offset?: number }) =>
    withOperand(viewOf({ kind: 'input', index: 1 }, { ...p, dtype: 'i32' }))
  const loads = (imm: number) => withMicroOps(op('load', [0], imm))
  const matrix = (change: Record<string, number>) => withNode(0, 0, { attributes: { ...layer.attributes, ...change } })
  const cases: Refused[] = [
    [
      'an offset past the end',
      input({ strides: [0], offset: 2 }),
      'Section 1, node 0: operand a is read from element 2 to 2, it has 2 elements.',
    ],
    [
      'a negative offset',
      input({ strides: [0], offset: -1 }),
      'Section 1, node 0: operand a is read from element -1 to -1, it has 2 elements.',
    ],
    [
      'a stride past the end',
      input({ strides: [2] }),
      'Section 1, node 0: operand a is read from element 0 to 2, it has 2 elements.',
    ],
    [
      'a stride before the start',
      input({ strides: [-1] }),
      'Section 1, node 0: operand a is read from element -1 to 0, it has 2 elements.',
    ],
    [
      'an immediate of a load past the end',
      loads(1),
      'Section 1, node 0: operand a is read from element 1 to 2, it has 2 elements.',
    ],
    [
      'an immediate of a load before the start',
      loads(-1),
      'Section 1, node 0: operand a is read from element -1 to 0, it has 2 elements.',
    ],
    [
      'strides whose product passes 2^53',
      withNode(1, 0, {
        shape: [2 ** 28],
        operands: [viewOf({ kind: 'input', index: 1 }, { strides: [2 ** 31 - 1], dtype: 'i32' })],
        microOps: [op('load', [0])],
      }),
      `Section 1, node 0: operand a is read from element 0 to ${(2 ** 28 - 1) * (2 ** 31 - 1)}, it has 2 elements.`,
    ],
    [
      "an operator's own loop past the end",
      matrix({ strideB: 21 }),
      'Section 0, node 0: operand b is read from element 0 to 16462, it has 15680 elements.',
    ],
    [
      "an operator's own loop before the start",
      matrix({ strideA: -1 }),
      'Section 0, node 0: operand a is read from element -783 to 0, it has 784 elements.',
    ],
    [
      'a dense operand with more elements than its tensor',
      withNode(1, 1, {
        operands: [denseOf({ kind: 'section', section: 0, index: 0 }, { dims: [3, 7] }), rows.operands[1]],
      }),
      'Section 1, node 1: operand a is read as 21 elements, it has 20.',
    ],
  ]
  test.each(cases)('error: refuses %s', (_, program, message) => expect(refusal(program)).toBe(message))

  test('property: a view is refused exactly when some index, walked one by one, leaves the tensor', () => {
    const axis = fc.record({ extent: fc.integer({ min: 0, max: 3 }), stride: fc.integer({ min: -4, max: 4 }) })
    const random = fc.record({
      axes: fc.array(axis, { maxLength: 3 }),
      loops: fc.array(axis, { maxLength: 2 }),
      offset: fc.integer({ min: -5, max: 25 }),
      shift: fc.integer({ min: -2, max: 2 }),
    })
    const elements = 20
    fc.assert(
      fc.property(random, ({ axes, loops, offset, shift }) => {
        let reached = [offset + shift]
        for (const { extent, stride } of [...axes, ...loops]) {
          reached = reached.flatMap((at) => Array.from({ length: extent }, (_, i) => at + i * stride))
        }
        const node = mapNode({
          shape: axes.map((a) => a.extent),
          operands: [viewOf({ kind: 'zero' }, { strides: axes.map((a) => a.stride), offset })],
          microOps: [],
        })
        const check = () => checkViewInside({ node, place: 0, elements, loops, shift })
        if (reached.every((at) => at >= 0 && at < elements)) expect(check).not.toThrow()
        else expect(check).toThrow(InvalidProgramError)
      }),
      { numRuns: 3000 },
    )
  })
})
