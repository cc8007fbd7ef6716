import { ML_OPERATOR_NAMES, ONNX_OPERATOR_NAMES } from './lowering/index.ts'

/** An operator that the importer lowers. */
export interface OnnxOperator {
  /** `ai.onnx` or `ai.onnx.ml`. */
  readonly domain: string
  readonly name: string
  /** Version of the operator set that brought it. */
  readonly since: number
  /** What of it is refused or differs, if anything. */
  readonly limit?: string
}

/** Newest operator set of each domain whose operators are known here, by the domain's name in model files. */
export const NEWEST_OPSETS: ReadonlyMap<string, number> = new Map([
  ['', 21],
  ['ai.onnx.ml', 5],
])

/** Operators by the version that brought them; all others are of version 1. */
export const ONNX_SINCE: Readonly<Record<number, string>> = {
  6: 'Tile',
  7: 'Acos Asin Atan Cos Sin Tan Upsample',
  8: 'Expand Scan',
  9: `Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization NonZero OneHot
    Scatter Shrink Sign Sinh TfIdfVectorizer Where`,
  10: `ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul QuantizeLinear
    Resize ReverseSequence RoiAlign ThresholdedRelu`,
  11: 'BitShift CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round ScatterElements ScatterND Unique',
  12: 'Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss',
  14: 'HardSwish Trilu',
  15: 'CastLike',
  16: 'GridSample',
  17: 'BlackmanWindow DFT HammingWindow HannWindow LayerNormalization MelWeightMatrix STFT',
  18: 'BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish',
  20: 'Gelu',
}

/** What is not done, or done otherwise, by operator. */
export const ONNX_LIMITS: Readonly<Record<string, string>> = {
  BatchNormalization: 'training from version 14 on; `spatial` 0 is refused',
  Cast: 'to numbers and bool; strings and 8-bit floats are refused',
  CastLike: 'as Cast',
  Constant: 'tensors and numbers; strings and sparse tensors are refused',
  DepthToSpace: 'rank 4',
  Det: 'up to 5 rows',
  DFT: 'of the length of its axis',
  Dropout: 'without randomness; the mask from version 10 on',
  Einsum: 'one or two operands, in f32',
  Gemm: 'integers without factors or bias',
  GridSample: 'images of rank 4',
  If: 'the branch that a known condition takes; else both, where they give the same shapes',
  Loop: 'a known number of rounds, unrolled, at most 10,000',
  LRN: 'the power by the own `pow`',
  MelWeightMatrix: 'known inputs; frequencies in f32',
  MatMul: '64-bit integers by their products, which are stored',
  MaxPool: '`storage_order` 1 for two dimensions',
  Mod: 'floats with `fmod` 1',
  NonMaxSuppression: 'known inputs, for the number of boxes depends on them',
  NonZero: 'a known input, for the shape depends on it',
  Pad: 'a known border value',
  Pow: 'integers by the f32 `pow`: exact below 2²⁴',
  QuantizeLinear: 'to 8 and 16 bits; 4-bit integers and 8-bit floats are refused',
  DequantizeLinear: 'from 8, 16 and 32 bits',
  Range: 'known inputs',
  Resize: 'known scales or sizes; `antialias` is refused',
  RoiAlign: 'mode avg with a `sampling_ratio` of at least 1',
  Scan: 'unrolled',
  TfIdfVectorizer: 'numbers; a pool of strings is refused',
  TopK: 'a known k',
  Unique: 'a known input, for the shape depends on it',
  Scatter: 'ScatterElements since version 11',
  Upsample: 'known scales; Resize since version 10',
  LabelEncoder: 'numbers to numbers',
  LinearClassifier: 'integer labels',
  OneHotEncoder: 'integer categories; `zeros` 0 is refused',
  SVMClassifier: 'integer labels; `prob_a` and `prob_b` are refused',
  TreeEnsemble: 'mode MEMBER and nodes with two parents are refused',
  TreeEnsembleClassifier: 'integer labels; nodes with two parents are refused',
  TreeEnsembleRegressor: 'nodes with two parents are refused',
}

/** Versions of ai.onnx.ml that brought operators after the first. */
const ML_SINCE: Readonly<Record<string, number>> = { TreeEnsemble: 5 }

/** Every operator that the importer lowers, by domain and name; each is read by the rules of the model's version. */
export function onnxOperators(): OnnxOperator[] {
  const since = new Map(
    Object.entries(ONNX_SINCE).flatMap(([version, names]) =>
      names.split(/\s+/).map((name) => [name, Number(version)] as const),
    ),
  )
  const row = (domain: string, name: string, version: number): OnnxOperator => {
    const limit = ONNX_LIMITS[name]
    return { domain, name, since: version, ...(limit !== undefined && { limit }) }
  }
  const sorted = (names: readonly string[]) => [...names].sort((a, b) => (a < b ? -1 : 1))
  return [
    ...sorted(ONNX_OPERATOR_NAMES).map((name) => row('ai.onnx', name, since.get(name) ?? 1)),
    ...sorted(ML_OPERATOR_NAMES).map((name) => row('ai.onnx.ml', name, ML_SINCE[name] ?? 1)),
  ]
}
