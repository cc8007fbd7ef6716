import { type Dtype, dtypeInfo } from '../../../../graph/dtype.ts'
import { numElements } from '../../../../graph/shape.ts'
import type { MicroOpList, ValueId } from '../../../builder/microOpList.ts'
import type { Tensor } from '../../../builder/tensor.ts'
import type { Lowering, NodeContext } from '../context.ts'
import { castTensor } from '../elementwise.ts'
import { concatenated, gatherRows } from '../indexing.ts'
import { reduce } from '../reduction.ts'
import { unsqueezed } from '../shapes.ts'

/** Known numbers that are one for all features or one a feature, for tensors whose last dimension is the features'. */
function perFeature(
  context: NodeContext,
  p: { values: readonly number[]; dtype: Dtype; x: Tensor; name: string },
): Tensor {
  const width = p.x.shape.at(-1) ?? 1
  if (p.values.length === 1) return context.constant(p.dtype, [], p.values)
  if (p.values.length !== width)
    throw context.unsupported(`"${p.name}" has ${p.values.length} numbers for ${width} features`)
  return context.constant(p.dtype, [width], p.values)
}

/** (x − offset) · scale */
const scaler: Lowering = (context) => {
  const x = castTensor(context, context.input(0), 'f32')
  const values = (name: string, fallback: number) =>
    perFeature(context, { values: context.floats(name) ?? [fallback], dtype: 'f32', x, name })
  return [
    context.builder.map(x, [x, values('offset', 0), values('scale', 1)], (list, v, offset, scale) =>
      list.op('f32.mul', list.op('f32.sub', v as ValueId, offset as ValueId), scale as ValueId),
    ),
  ]
}

/** Rows divided by their greatest element, their sum of sizes, or the root of their sum of squares; a row whose divisor is 0 stays. */
const normalizer: Lowering = (context) => {
  const x = castTensor(context, context.input(0), 'f32')
  const norm = context.string('norm', 'MAX')
  if (norm !== 'MAX' && norm !== 'L1' && norm !== 'L2') throw context.unsupported(`norm "${norm}"`)
  const axis = x.shape.length - 1
  const divisor = reduce(context, {
    tensor: x,
    axes: [axis],
    mode: norm === 'MAX' ? 'max' : 'sum',
    ...(norm === 'L1' && { before: (list, v) => list.op('f32.abs', v) }),
    ...(norm === 'L2' && { before: (list, v) => list.op('f32.mul', v, v), after: (list, v) => list.op('f32.sqrt', v) }),
  })
  return [
    context.builder.map(x, [x, unsqueezed(divisor, [axis])], (list, v, d) => {
      const isZero = list.op('f32.eq', d as ValueId, { imm: 0 })
      return list.op('f32.select', isZero, v as ValueId, list.op('f32.div', v as ValueId, d as ValueId))
    }),
  ]
}

/** 1 above the threshold, else 0, in the input's dtype. */
const binarizer: Lowering = (context) => {
  const x = context.input(0)
  if (dtypeInfo(x.dtype).valueClass !== 'f32') throw context.unsupported(`elements of ${x.dtype}`)
  return [
    context.builder.map(x, [x], (list, v) =>
      list.op('f32.convert_i32_s', list.op('f32.lt', list.f32(context.float('threshold', 0)), v as ValueId)),
    ),
  ]
}

/** Columns by number; a vector counts as one row. */
const arrayFeatureExtractor: Lowering = (context) => {
  const data = context.input(0)
  const rows = data.shape.length === 1 ? unsqueezed(data, [0]) : data
  const count = numElements(context.input(1).shape)
  const indices = context.builder.reshape(context.input(1), [count])
  return [gatherRows(context, { data: rows, indices, axis: rows.shape.length - 1 })]
}

/** Elements equal to one value, which may be NaN, replaced by a value for all or one a feature. */
const imputer: Lowering = (context) => {
  const x = context.input(0)
  const { valueClass } = dtypeInfo(x.dtype)
  const kind = valueClass === 'f32' ? 'float' : 'int64'
  const values = kind === 'float' ? context.floats('imputed_value_floats') : context.ints('imputed_value_int64s')
  if (values === undefined) throw context.unsupported(`attribute "imputed_value_${kind}s" is missing`)
  const replaced = kind === 'float' ? context.float('replaced_value_float', 0) : context.int('replaced_value_int64', 0)
  const imputed = perFeature(context, { values, dtype: x.dtype, x, name: `imputed_value_${kind}s` })
  return [
    context.builder.map(x, [x, imputed], (list, v, value) =>
      list.op(
        `${valueClass}.select`,
        isKey(list, v as ValueId, { key: replaced, dtype: x.dtype }),
        value as ValueId,
        v as ValueId,
      ),
    ),
  ]
}

/** 1 where a value is a known key; NaN counts as equal to itself. */
function isKey(list: MicroOpList, x: ValueId, p: { key: number; dtype: Dtype }): ValueId {
  const { valueClass } = dtypeInfo(p.dtype)
  if (Number.isNaN(p.key)) return list.op('i32.eq', list.op('f32.eq', x, x), { imm: 0 })
  return list.op(`${valueClass}.eq`, x, { imm: p.key })
}

/** The numbers of a list attribute, or of a tensor attribute of the same meaning. */
function numbersOf(context: NodeContext, p: { list: string; tensor: string }): Tensor | undefined {
  const tensor = context.tensor(p.tensor)
  if (tensor !== undefined) {
    if (tensor.bytes === undefined)
      throw context.unsupported(`"${p.tensor}" holds strings, which a program does not have`)
    return context.constantOf({ ...tensor, dims: [numElements(tensor.dims)] })
  }
  const ints = context.ints(`${p.list}_int64s`)
  if (ints !== undefined && ints.length > 0) return context.constant('i64', [ints.length], ints)
  const floats = context.floats(`${p.list}_floats`)
  return floats === undefined || floats.length === 0 ? undefined : context.constant('f32', [floats.length], floats)
}

/** What comes out for an element that no key equals. */
function defaultOf(context: NodeContext, dtype: Dtype): Tensor {
  const tensor = context.tensor('default_tensor')
  if (tensor !== undefined) return { ...context.constantOf(tensor), shape: [1], strides: [0] }
  return dtype === 'f32'
    ? context.constant('f32', [1], [context.float('default_float', -0)])
    : context.constant(dtype, [1], [context.int('default_int64', -1)])
}

/** The value of the first key that equals the element, else the default: two nodes that find the key, one that takes its value. */
const labelEncoder: Lowering = (context) => {
  const x = context.input(0)
  const keys = numbersOf(context, { list: 'keys', tensor: 'keys_tensor' })
  const values = numbersOf(context, { list: 'values', tensor: 'values_tensor' })
  if (keys === undefined || values === undefined)
    throw context.unsupported('labels are strings, which a program does not have; encode them before the model')
  if (keys.dtype !== x.dtype || keys.shape[0] !== values.shape[0])
    throw context.unsupported(
      `${keys.shape[0]} keys of ${keys.dtype} and ${values.shape[0]} values for elements of ${x.dtype}`,
    )
  const count = keys.shape[0] as number
  const { valueClass } = dtypeInfo(x.dtype)
  // Since version 4 a NaN among the keys equals every NaN.
  const hasNaN = context.opset >= 4 && (context.knownOrNot(keys) ?? []).some((key) => Number.isNaN(key))
  const rank = x.shape.length
  const shape = [...x.shape, count]
  const places = context.builder.map({ dtype: 'i32', shape }, [unsqueezed(x, [rank]), keys], (list, v, key) => {
    const isSame = list.op(`${valueClass}.eq`, v as ValueId, key as ValueId)
    const isFound = hasNaN ? list.op('i32.or', isSame, bothNaN(list, v as ValueId, key as ValueId)) : isSame
    return list.op('i32.select', isFound, list.index(5), list.i32(count))
  })
  const place = reduce(context, { tensor: places, axes: [rank], mode: 'min' })
  const table = concatenated(context, { tensors: [values, defaultOf(context, values.dtype)], axis: 0 })
  return [gatherRows(context, { data: table, indices: place, axis: 0 })]
}

function bothNaN(list: MicroOpList, a: ValueId, b: ValueId): ValueId {
  const isEither = list.op('i32.or', list.op('f32.eq', a, a), list.op('f32.eq', b, b))
  return list.op('i32.eq', isEither, { imm: 0 })
}

/** One f32 column a category: 1 where the element equals it; an element of no category gives zeros. */
const oneHotEncoder: Lowering = (context) => {
  const categories = context.ints('cats_int64s')
  if (categories === undefined || categories.length === 0)
    throw context.unsupported('categories are strings, which a program does not have; encode them before the model')
  if (context.int('zeros', 1) === 0)
    throw context.unsupported('zeros 0: an unknown category would have to fail the run')
  const x = castTensor(context, context.input(0), 'i64')
  const table = context.constant('i64', [categories.length], categories)
  const type = { dtype: 'f32' as const, shape: [...x.shape, categories.length] }
  return [
    context.builder.map(type, [unsqueezed(x, [x.shape.length]), table], (list, v, category) =>
      list.op('f32.convert_i32_s', list.op('i64.eq', v as ValueId, category as ValueId)),
    ),
  ]
}

/** Inputs side by side as f32 rows. */
const featureVectorizer: Lowering = (context) => {
  const widths = context.ints('inputdimensions')
  const tensors = context.inputs().map((tensor, i) => {
    const rows = castTensor(context, tensor.shape.length === 1 ? unsqueezed(tensor, [0]) : tensor, 'f32')
    const width = numElements(rows.shape.slice(1))
    if (widths !== undefined && widths[i] !== width)
      throw context.unsupported(`input ${i} has ${width} features, not ${widths[i]}`)
    return context.builder.reshape(rows, [rows.shape[0] as number, width])
  })
  return [concatenated(context, { tensors, axis: 1 })]
}

function refused(reason: string): Lowering {
  return (context) => {
    throw context.unsupported(reason)
  }
}

/** Operators that prepare features. */
export const FEATURES: Readonly<Record<string, Lowering>> = {
  Scaler: scaler,
  Normalizer: normalizer,
  Binarizer: binarizer,
  ArrayFeatureExtractor: arrayFeatureExtractor,
  Imputer: imputer,
  LabelEncoder: labelEncoder,
  OneHotEncoder: oneHotEncoder,
  FeatureVectorizer: featureVectorizer,
}

/** Operators whose values are strings or maps: refused with what to do. */
export const REFUSED: Readonly<Record<string, Lowering>> = {
  ZipMap: refused('its output is a sequence of maps, no tensor; export the model with zipmap=False'),
  DictVectorizer: refused('its input is a map, no tensor; make the features before the model'),
  CastMap: refused('its input is a map, no tensor; make the features before the model'),
  CategoryMapper: refused('it maps strings, which a program does not have; encode them before the model'),
}
