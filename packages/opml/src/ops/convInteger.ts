import { numElements } from '../graph/shape.ts'
import { checkConvolution, convolutionOperands, convolutionSteps, convolutionTerms } from './convolution.ts'
import { integerDotSteps } from './costs.ts'
import { type Elements, newElements, storeValue } from './elements.ts'
import { INTEGER_DOT_ATTRIBUTES, IntegerDot, integerDotClass } from './integerDot.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { WINDOW_ATTRIBUTES } from './slidingWindow.ts'
import { forEachIndex } from './view.ts'

/** Convolution of integers over up to three axes, with groups. @see spec/02-program.md §6 */
export const convInteger: Operator = {
  name: 'ConvInteger',
  opcode: 5,
  source: 'ONNX ConvInteger-10, QLinearConv-10; c carries a bias, scales or zero points',
  meaning:
    'acc = the sum over the terms of Conv of (a − zeroA) · (b − zeroB), exact modulo 2^32 or 2^64; an element in the padding is zeroA; an u32 counts as unsigned.',
  operands: convolutionOperands('i32'),
  attributes: [...WINDOW_ATTRIBUTES, ...INTEGER_DOT_ATTRIBUTES],
  microOps: 'optional',
  accClass: integerDotClass,
  check: checkConvolution,
  costSteps: (node) => convolutionSteps(node, integerDotSteps),
  reference: (node, operands) => {
    const [a, b] = operands as [Elements, Elements]
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const dot = new IntegerDot(node)
      for (const term of convolutionTerms(node, coordinates)) {
        if (term.a !== undefined) dot.add({ a, i: term.a, b, j: term.b })
      }
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: dot.total() }))
    })
    return out
  },
}
