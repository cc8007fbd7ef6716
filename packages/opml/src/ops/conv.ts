import { OrderedSum } from '../core/math/orderedSum.ts'
import { numElements } from '../graph/shape.ts'
import { checkConvolution, convolutionOperands, convolutionSteps, convolutionTerms } from './convolution.ts'
import { dotSteps } from './costs.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import type { Operator } from './operator.ts'
import { runMicroOps } from './runMicroOps.ts'
import { WINDOW_ATTRIBUTES } from './slidingWindow.ts'
import { forEachIndex, operandOf } from './view.ts'

/** Convolution in f32 over up to three axes, with groups. @see spec/02-program.md §6 */
export const conv: Operator = {
  name: 'Conv',
  opcode: 4,
  source: 'ONNX Conv-11; c carries a bias or a residual',
  meaning:
    'acc = the ordered sum over i = ((ic·KD + kd)·KH + kh)·KW + kw of a[n, g·IC + ic, position] · b[g·OC + oc, ic, kd, kh, kw], where a position is output · stride − pad + k · dilation; outside a it is +0, and takes part.',
  operands: convolutionOperands('f32'),
  attributes: WINDOW_ATTRIBUTES,
  microOps: 'optional',
  accClass: () => 'f32',
  check: checkConvolution,
  costSteps: (node) => convolutionSteps(node, dotSteps),
  reference: (node, operands) => {
    const [a, b] = [operandOf(node, 0), operandOf(node, 1)]
    const [elementsA, elementsB] = operands as [Elements, Elements]
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, (coordinates, flat) => {
      const sum = new OrderedSum()
      for (const term of convolutionTerms(node, coordinates)) {
        const x = term.a === undefined ? 0 : (loadValue(a.dtype, elementsA, term.a) as number)
        sum.add(term.i, Math.fround(x * (loadValue(b.dtype, elementsB, term.b) as number)))
      }
      storeValue(node.dtype, out, flat, runMicroOps(node.microOps, { node, operands, coordinates, acc: sum.total() }))
    })
    return out
  },
}
