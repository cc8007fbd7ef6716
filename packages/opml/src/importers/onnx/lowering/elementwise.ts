import { type Dtype, dtypeInfo, type ValueClass } from '../../../graph/dtype.ts'
import type { MicroOpList, ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { broadcastShape } from './broadcast.ts'
import type { Lowering, NodeContext } from './context.ts'

/** Builds a value from values of one class. */
type Combine = (list: MicroOpList, values: readonly ValueId[], dtype: Dtype) => ValueId

const isUnsigned = (dtype: Dtype): boolean => dtype.startsWith('u') || dtype === 'bool'
const classOf = (dtype: Dtype): ValueClass => dtypeInfo(dtype).valueClass

/** Name of an integer micro-op with the signedness of a dtype. */
export function signed(name: string, dtype: Dtype): string {
  const valueClass = classOf(dtype)
  return valueClass === 'f32' ? `f32.${name}` : `${valueClass}.${name}_${isUnsigned(dtype) ? 'u' : 's'}`
}

/** Inputs of one dtype. @throws {UnsupportedNode} */
function alike(context: NodeContext, tensors: readonly Tensor[]): Dtype {
  const [{ dtype } = context.input(0), ...rest] = tensors
  const other = rest.find((tensor) => tensor.dtype !== dtype)
  if (other !== undefined) throw context.unsupported(`inputs of different types, ${dtype} and ${other.dtype}`)
  return dtype
}

/** An element-wise operator on `count` tensors of one dtype that broadcast; the output has `out` or the inputs' dtype. */
function elementwise(count: number, combine: Combine, out?: Dtype): Lowering {
  return (context) => {
    if (context.numInputs > count) throw context.unsupported(`${context.numInputs} inputs, it takes ${count}`)
    const tensors = Array.from({ length: count }, (_, i) => context.input(i))
    const dtype = alike(context, tensors)
    checkOldBroadcast(context, tensors)
    const type = { dtype: out ?? dtype, shape: broadcastShape(context, tensors) }
    return [context.builder.map(type, tensors, (list, ...values) => combine(list, values, dtype))]
  }
}

/** Before version 7 the second tensor was put at `axis` of the first; only at its end it is where it is put today. */
function checkOldBroadcast(context: NodeContext, tensors: readonly Tensor[]): void {
  if (context.opset >= 7 || context.node.domain !== '' || context.int('broadcast', 0) === 0) return
  const [a, b] = tensors.map(({ shape }) => shape.length) as [number, number]
  if (context.int('axis', a - b) !== a - b)
    throw context.unsupported('broadcasting at an axis, of operator sets before 7')
}

const binary = (name: (dtype: Dtype) => string, out?: Dtype): Lowering =>
  elementwise(2, (list, [a, b], dtype) => list.op(name(dtype), a as ValueId, b as ValueId), out)

const unaryF32 = (name: string): Lowering => elementwise(1, (list, [a]) => list.op(`f32.${name}`, a as ValueId))

/** Sum, Max, Min, Mean: any number of inputs, three at a time, in order. */
function variadic(combine: (list: MicroOpList, a: ValueId, b: ValueId, dtype: Dtype) => ValueId): Lowering {
  return (context) => {
    const [first = context.input(0), ...rest] = context.inputs()
    alike(context, [first, ...rest])
    let result = first
    for (const next of rest) {
      const type = { dtype: result.dtype, shape: broadcastShape(context, [result, next]) }
      result = context.builder.map(type, [result, next], (list, a, b) =>
        combine(list, a as ValueId, b as ValueId, type.dtype),
      )
    }
    return [result]
  }
}

/** Relations give 0 or 1; `greater` ones swap their arguments. */
function relation(name: 'eq' | 'lt' | 'le', isSwapped = false): Lowering {
  return elementwise(
    2,
    (list, [x, y], dtype) => {
      const [a, b] = (isSwapped ? [y, x] : [x, y]) as [ValueId, ValueId]
      const op = name === 'eq' ? `${classOf(dtype)}.eq` : signed(name, dtype)
      return list.op(op, a, b)
    },
    'bool',
  )
}

/** Operators whose lowering is a line. */
export const ELEMENTWISE: Readonly<Record<string, Lowering>> = {
  Add: binary((dtype) => `${classOf(dtype)}.add`),
  Sub: binary((dtype) => `${classOf(dtype)}.sub`),
  Mul: binary((dtype) => `${classOf(dtype)}.mul`),
  Div: binary((dtype) => signed('div', dtype)),
  Sum: variadic((list, a, b, dtype) => list.op(`${classOf(dtype)}.add`, a, b)),
  Max: variadic((list, a, b, dtype) => list.op(signed('max', dtype), a, b)),
  Min: variadic((list, a, b, dtype) => list.op(signed('min', dtype), a, b)),
  Equal: relation('eq'),
  Less: relation('lt'),
  LessOrEqual: relation('le'),
  Greater: relation('lt', true),
  GreaterOrEqual: relation('le', true),
  And: binary(() => 'i32.and'),
  Or: binary(() => 'i32.or'),
  Xor: binary(() => 'i32.xor'),
  BitwiseAnd: binary((dtype) => `${classOf(dtype)}.and`),
  BitwiseOr: binary((dtype) => `${classOf(dtype)}.or`),
  BitwiseXor: binary((dtype) => `${classOf(dtype)}.xor`),
  BitwiseNot: elementwise(1, (list, [a], dtype) => list.op(`${classOf(dtype)}.xor`, a as ValueId, { imm: -1 })),
  Not: elementwise(1, (list, [a]) => list.op('i32.eq', a as ValueId, { imm: 0 })),
  Sqrt: unaryF32('sqrt'),
  Exp: unaryF32('exp'),
  Log: unaryF32('log'),
  Sin: unaryF32('sin'),
  Cos: unaryF32('cos'),
  Tan: unaryF32('tan'),
  Asin: unaryF32('asin'),
  Acos: unaryF32('acos'),
  Atan: unaryF32('atan'),
  Sinh: unaryF32('sinh'),
  Cosh: unaryF32('cosh'),
  Tanh: unaryF32('tanh'),
  Asinh: unaryF32('asinh'),
  Acosh: unaryF32('acosh'),
  Atanh: unaryF32('atanh'),
  Erf: unaryF32('erf'),
  Sigmoid: unaryF32('sigmoid'),
  Softplus: unaryF32('softplus'),
  Floor: unaryF32('floor'),
  Ceil: unaryF32('ceil'),
  Round: unaryF32('nearest'),
  Relu: elementwise(1, (list, [a], dtype) => maxWithZero(list, a as ValueId, dtype)),
  Reciprocal: elementwise(1, (list, [a]) => list.op('f32.div', list.f32(1), a as ValueId)),
  Softsign: elementwise(1, (list, [a]) => {
    const size = list.op('f32.add', list.op('f32.abs', a as ValueId), { imm: 1 })
    return list.op('f32.div', a as ValueId, size)
  }),
  HardSwish: elementwise(1, (list, [a]) => {
    const line = list.op('f32.add', list.op('f32.mul', a as ValueId, { imm: 1 / 6 }), { imm: 0.5 })
    return list.op('f32.mul', a as ValueId, list.op('f32.max', list.op('f32.min', line, { imm: 1 }), { imm: 0 }))
  }),
}

function maxWithZero(list: MicroOpList, a: ValueId, dtype: Dtype): ValueId {
  return list.op(signed('max', dtype), a, { imm: 0 })
}

/** Casts a value of one dtype's class to another's (ONNX Cast: floats to integers toward zero, to bool by ≠ 0). */
export function castValue(list: MicroOpList, value: ValueId, p: { from: Dtype; to: Dtype }): ValueId {
  const [from, to] = [classOf(p.from), classOf(p.to)]
  if (p.to === 'bool') return isNotZero(list, value, from)
  if (from === to) return value
  const suffix = isUnsigned(from === 'f32' ? p.to : p.from) ? 'u' : 's'
  if (from === 'f32')
    return list.op(`${to}.trunc_sat_f32_${to === 'i32' && dtypeInfo(p.to).bytes < 4 ? 's' : suffix}`, value)
  if (to === 'f32') return list.op(`f32.convert_${from}_${suffix}`, value)
  return from === 'i32' ? list.op(`i64.extend_i32_${suffix}`, value) : list.op('i32.wrap_i64', value)
}

function isNotZero(list: MicroOpList, value: ValueId, valueClass: ValueClass): ValueId {
  return list.op('i32.eq', list.op(`${valueClass}.eq`, value, { imm: 0 }), { imm: 0 })
}

/** A tensor in another dtype. */
export function castTensor(context: NodeContext, tensor: Tensor, dtype: Dtype): Tensor {
  if (tensor.dtype === dtype) return tensor
  return context.builder.map({ dtype, shape: tensor.shape }, [tensor], (list, value) =>
    castValue(list, value as ValueId, { from: tensor.dtype, to: dtype }),
  )
}
