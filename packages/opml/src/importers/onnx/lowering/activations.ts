import { dtypeInfo } from '../../../graph/dtype.ts'
import type { MicroOpList, ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { broadcastShape } from './broadcast.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castValue, signed } from './elementwise.ts'

/** A function of one f32 element whose attributes are read first. */
function activation(build: (context: NodeContext) => (list: MicroOpList, x: ValueId) => ValueId): Lowering {
  return (context) => {
    const x = context.input(0)
    if (dtypeInfo(x.dtype).valueClass !== 'f32') throw context.unsupported(`elements of ${x.dtype}`)
    const body = build(context)
    return [context.builder.map(x, [x], (list, value) => body(list, value as ValueId))]
  }
}

/** `x` where `isTrue`, else `y`. */
const select = (list: MicroOpList, isTrue: ValueId, p: { x: ValueId; y: ValueId }): ValueId =>
  list.op('f32.select', isTrue, p.x, p.y)

/** scale · (exp(x ÷ alpha) − 1) */
function expMinusOne(list: MicroOpList, x: ValueId, scale: number): ValueId {
  return list.op('f32.mul', list.op('f32.sub', list.op('f32.exp', x), { imm: 1 }), { imm: scale })
}

const isNegative = (list: MicroOpList, x: ValueId): ValueId => list.op('f32.lt', x, { imm: 0 })

const leakyRelu = activation((context) => {
  const alpha = context.float('alpha', 0.01)
  return (list, x) => select(list, isNegative(list, x), { x: list.op('f32.mul', x, { imm: alpha }), y: x })
})

const elu = activation((context) => {
  const alpha = context.float('alpha', 1)
  return (list, x) => select(list, isNegative(list, x), { x: expMinusOne(list, x, alpha), y: x })
})

const celu = activation((context) => {
  const alpha = context.float('alpha', 1)
  return (list, x) => {
    const low = expMinusOne(list, list.op('f32.div', x, { imm: alpha }), alpha)
    return list.op('f32.add', list.op('f32.max', x, { imm: 0 }), list.op('f32.min', low, { imm: 0 }))
  }
})

const selu = activation((context) => {
  const alpha = context.float('alpha', 1.67326319217681884765625)
  const gamma = context.float('gamma', 1.05070102214813232421875)
  return (list, x) => {
    const low = expMinusOne(list, x, alpha)
    return list.op('f32.mul', select(list, list.op('f32.le', x, { imm: 0 }), { x: low, y: x }), { imm: gamma })
  }
})

const thresholdedRelu = activation((context) => {
  const alpha = context.float('alpha', 1)
  return (list, x) => select(list, list.op('f32.le', x, { imm: alpha }), { x: list.f32(0), y: x })
})

const hardSigmoid = activation((context) => {
  const [alpha, beta] = [context.float('alpha', 0.2), context.float('beta', 0.5)]
  return (list, x) => {
    const line = list.op('f32.add', list.op('f32.mul', x, { imm: alpha }), { imm: beta })
    return list.op('f32.max', list.op('f32.min', line, { imm: 1 }), { imm: 0 })
  }
})

const mish = activation(() => (list, x) => list.op('f32.mul', x, list.op('f32.tanh', list.op('f32.softplus', x))))

const gelu = activation((context) => {
  const isTanh = context.string('approximate', 'none') === 'tanh'
  return (list, x) => {
    const half = list.op('f32.mul', x, { imm: 0.5 })
    const inner = isTanh
      ? list.op('f32.tanh', geluArgument(list, x))
      : list.op('f32.erf', list.op('f32.mul', x, { imm: Math.SQRT1_2 }))
    return list.op('f32.mul', half, list.op('f32.add', inner, { imm: 1 }))
  }
})

/** √(2/π) · (x + 0.044715 x³) */
function geluArgument(list: MicroOpList, x: ValueId): ValueId {
  const cube = list.op('f32.mul', list.op('f32.mul', list.op('f32.mul', x, x), x), { imm: 0.044715 })
  return list.op('f32.mul', list.op('f32.add', x, cube), { imm: 0.7978845608028654 })
}

const shrink: Lowering = (context) => {
  const x = context.input(0)
  const [bias, lambda] = [context.float('bias', 0), context.float('lambd', 0.5)]
  return [
    context.builder.map(x, [x], (list, value) => {
      const real = castValue(list, value as ValueId, { from: x.dtype, to: 'f32' })
      const up = list.op('f32.add', real, { imm: bias })
      const down = list.op('f32.sub', real, { imm: bias })
      const isHigh = list.op('f32.lt', list.f32(lambda), real)
      const isLow = list.op('f32.lt', real, { imm: -lambda })
      const low = select(list, isLow, { x: up, y: list.f32(0) })
      return castValue(list, select(list, isHigh, { x: down, y: low }), { from: 'f32', to: x.dtype })
    }),
  ]
}

const prelu: Lowering = (context) => {
  const [x, slope] = [context.input(0), context.input(1)]
  const type = { dtype: x.dtype, shape: broadcastShape(context, [x, slope]) }
  const valueClass = dtypeInfo(x.dtype).valueClass
  return [
    context.builder.map(type, [x, slope], (list, value, factor) => {
      const [v, f] = [value as ValueId, factor as ValueId]
      const isLow = valueClass === 'f32' ? isNegative(list, v) : list.op(signed('lt', x.dtype), v, { imm: 0 })
      return list.op(`${valueClass}.select`, isLow, list.op(`${valueClass}.mul`, v, f), v)
    }),
  ]
}

/** x between two limits that may be attributes, inputs or missing. */
const clip: Lowering = (context) => {
  const x = context.input(0)
  if (context.opset >= 11) {
    const lower = context.optional(1)
    const raised = lower === undefined ? x : limited(context, x, { limit: lower, name: 'max' })
    const upper = context.optional(2)
    return [upper === undefined ? raised : limited(context, raised, { limit: upper, name: 'min' })]
  }
  const [low, high] = [context.float('min', -3.4028234663852886e38), context.float('max', 3.4028234663852886e38)]
  return [
    context.builder.map(x, [x], (list, value) =>
      list.op('f32.min', list.op('f32.max', value as ValueId, { imm: low }), { imm: high }),
    ),
  ]
}

function limited(context: NodeContext, x: Tensor, p: { limit: Tensor; name: 'min' | 'max' }): Tensor {
  return context.builder.map(x, [x, { ...p.limit, shape: [], strides: [] }], (list, a, b) =>
    list.op(signed(p.name, x.dtype), a as ValueId, b as ValueId),
  )
}

const neg: Lowering = (context) => {
  const x = context.input(0)
  const valueClass = dtypeInfo(x.dtype).valueClass
  return [
    context.builder.map(x, [x], (list, a) => {
      if (valueClass === 'f32') return list.op('f32.neg', a as ValueId)
      const zero = valueClass === 'i32' ? list.i32(0) : list.i64(0)
      return list.op(`${valueClass}.sub`, zero, a as ValueId)
    }),
  ]
}

const abs: Lowering = (context) => {
  const x = context.input(0)
  const { valueClass } = dtypeInfo(x.dtype)
  if (x.dtype.startsWith('u')) return [x]
  return [
    context.builder.map(x, [x], (list, a) => {
      if (valueClass === 'f32') return list.op('f32.abs', a as ValueId)
      const zero = valueClass === 'i32' ? list.i32(0) : list.i64(0)
      return list.op(`${valueClass}.max_s`, a as ValueId, list.op(`${valueClass}.sub`, zero, a as ValueId))
    }),
  ]
}

/** −1, 0 or 1; NaN stays. */
const sign: Lowering = (context) => {
  const x = context.input(0)
  const { valueClass } = dtypeInfo(x.dtype)
  return [
    context.builder.map(x, [x], (list, value) => {
      const a = value as ValueId
      if (valueClass === 'f32') {
        const low = select(list, isNegative(list, a), { x: list.f32(-1), y: a })
        return select(list, list.op('f32.lt', list.f32(0), a), { x: list.f32(1), y: low })
      }
      const [zero, one] = valueClass === 'i32' ? [list.i32(0), list.i32(1)] : [list.i64(0), list.i64(1)]
      const high = list.op(signed('min', x.dtype), a, one)
      return x.dtype.startsWith('u')
        ? high
        : list.op(`${valueClass}.max_s`, high, list.op(`${valueClass}.sub`, zero, one))
    }),
  ]
}

/** Integer powers stay integers; everything else goes through f32. */
const pow: Lowering = (context) => {
  const [x, y] = [context.input(0), context.input(1)]
  const type = { dtype: x.dtype, shape: broadcastShape(context, [x, y]) }
  return [
    context.builder.map(type, [x, y], (list, a, b) => {
      const base = castValue(list, a as ValueId, { from: x.dtype, to: 'f32' })
      const exponent = castValue(list, b as ValueId, { from: y.dtype, to: 'f32' })
      const power = list.op('f32.pow', base, exponent)
      const isInteger = dtypeInfo(x.dtype).valueClass !== 'f32'
      return isInteger ? castValue(list, list.op('f32.nearest', power), { from: 'f32', to: x.dtype }) : power
    }),
  ]
}

/** fmod keeps the sign of the dividend, the integer default that of the divisor. */
const mod: Lowering = (context) => {
  const [x, y] = [context.input(0), context.input(1)]
  const type = { dtype: x.dtype, shape: broadcastShape(context, [x, y]) }
  const { valueClass } = dtypeInfo(x.dtype)
  const isFmod = context.int('fmod', 0) === 1
  return [
    context.builder.map(type, [x, y], (list, a, b) => {
      if (valueClass === 'f32') return list.op('f32.fmod', a as ValueId, b as ValueId)
      const rest = list.op(signed('rem', x.dtype), a as ValueId, b as ValueId)
      return isFmod || x.dtype.startsWith('u') ? rest : withSignOf(list, rest, { divisor: b as ValueId, valueClass })
    }),
  ]
}

/** A remainder moved by the divisor where the two have different signs. */
function withSignOf(list: MicroOpList, rest: ValueId, p: { divisor: ValueId; valueClass: 'i32' | 'i64' }): ValueId {
  const { divisor, valueClass } = p
  const isOpposite = list.op(`${valueClass}.lt_s`, list.op(`${valueClass}.xor`, rest, divisor), { imm: 0 })
  const isExact = list.op(`${valueClass}.eq`, rest, { imm: 0 })
  const isMoved = list.op('i32.and', isOpposite, list.op('i32.eq', isExact, { imm: 0 }))
  return list.op(`${valueClass}.select`, isMoved, list.op(`${valueClass}.add`, rest, divisor), rest)
}

const bitShift: Lowering = (context) => {
  const [x, y] = [context.input(0), context.input(1)]
  const type = { dtype: x.dtype, shape: broadcastShape(context, [x, y]) }
  const name = context.string('direction', 'LEFT') === 'LEFT' ? 'shl' : 'shr_u'
  return [
    context.builder.map(type, [x, y], (list, a, b) =>
      list.op(`${dtypeInfo(x.dtype).valueClass}.${name}`, a as ValueId, b as ValueId),
    ),
  ]
}

const where: Lowering = (context) => {
  const [condition, x, y] = [context.input(0), context.input(1), context.input(2)]
  const type = { dtype: x.dtype, shape: broadcastShape(context, [condition, x, y]) }
  return [
    context.builder.map(type, [condition, x, y], (list, ...values) =>
      list.op(`${dtypeInfo(x.dtype).valueClass}.select`, ...values),
    ),
  ]
}

const isNaN32: Lowering = (context) => {
  const x = context.input(0)
  return [
    context.builder.map({ dtype: 'bool', shape: x.shape }, [x], (list, a) =>
      list.op('i32.eq', list.op('f32.eq', a as ValueId, a as ValueId), { imm: 0 }),
    ),
  ]
}

const isInf: Lowering = (context) => {
  const x = context.input(0)
  const [negative, positive] = [context.int('detect_negative', 1), context.int('detect_positive', 1)]
  return [
    context.builder.map({ dtype: 'bool', shape: x.shape }, [x], (list, a) => {
      const isLow = list.op('f32.eq', a as ValueId, { imm: Number.NEGATIVE_INFINITY })
      const isHigh = list.op('f32.eq', a as ValueId, { imm: Number.POSITIVE_INFINITY })
      return list.op(
        'i32.or',
        list.op('i32.and', isLow, { imm: negative }),
        list.op('i32.and', isHigh, { imm: positive }),
      )
    }),
  ]
}

const mean: Lowering = (context) => {
  const [first, ...rest] = context.inputs()
  let sum = first as Tensor
  for (const next of rest)
    sum = context.builder.map(
      { dtype: sum.dtype, shape: broadcastShape(context, [sum, next]) },
      [sum, next],
      (list, a, b) => list.op('f32.add', a as ValueId, b as ValueId),
    )
  const count = context.inputs().length
  return [context.builder.map(sum, [sum], (list, a) => list.op('f32.div', a as ValueId, { imm: count }))]
}

/** Element-wise operators with attributes or rules of their own. */
export const ACTIVATIONS: Readonly<Record<string, Lowering>> = {
  LeakyRelu: leakyRelu,
  Elu: elu,
  Celu: celu,
  Selu: selu,
  ThresholdedRelu: thresholdedRelu,
  HardSigmoid: hardSigmoid,
  Mish: mish,
  Gelu: gelu,
  Shrink: shrink,
  PRelu: prelu,
  Clip: clip,
  Neg: neg,
  Abs: abs,
  Sign: sign,
  Pow: pow,
  Mod: mod,
  BitShift: bitShift,
  Where: where,
  IsNaN: isNaN32,
  IsInf: isInf,
  Mean: mean,
}
