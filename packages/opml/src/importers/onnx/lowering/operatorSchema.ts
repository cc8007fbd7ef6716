import type { NodeContext } from './context.ts'

/** What an operator asks of its node before it is looked at closer. */
interface OperatorSchema {
  /** Ranks of the inputs in order: a number, a number and more (`3+`), or any (`*`). */
  readonly ranks?: string
  /** Attributes that must be given. */
  readonly required?: string
}

const POOLING: OperatorSchema = { ranks: '3+', required: 'kernel_shape' }
const RECURRENT = '3 3 3 2 1 3'

/** Operators of the ONNX domain whose lowerings take apart shapes or attributes (ONNX Operators.md, sections Inputs and Attributes). */
const OPERATOR_SCHEMAS: Readonly<Record<string, OperatorSchema>> = {
  AveragePool: POOLING,
  BatchNormalization: { ranks: '* 1 1 1 1' },
  BitShift: { required: 'direction' },
  Cast: { required: 'to' },
  CenterCropPad: { ranks: '* 1' },
  Col2Im: { ranks: '3 1 1' },
  Compress: { ranks: '* 1' },
  Conv: { ranks: '3+ 3+ 1' },
  ConvInteger: { ranks: '3+ 3+' },
  ConvTranspose: { ranks: '3+ 3+ 1' },
  DepthToSpace: { ranks: '4', required: 'blocksize' },
  Det: { ranks: '2+' },
  Einsum: { required: 'equation' },
  EyeLike: { ranks: '2' },
  GRU: { ranks: RECURRENT },
  Gemm: { ranks: '2 2' },
  GridSample: { ranks: '4+ 4+' },
  GroupNormalization: { ranks: '2+ 1 1', required: 'num_groups' },
  If: { required: 'then_branch else_branch' },
  InstanceNormalization: { ranks: '2+ 1 1' },
  LRN: { ranks: '2+', required: 'size' },
  LSTM: { ranks: `${RECURRENT} 3 2` },
  Loop: { required: 'body' },
  LpPool: { ranks: '3+' },
  MatMul: { ranks: '1+ 1+' },
  MatMulInteger: { ranks: '1+ 1+' },
  MaxPool: POOLING,
  MaxRoiPool: { ranks: '4 2', required: 'pooled_shape' },
  MaxUnpool: { ranks: '3+ 3+', required: 'kernel_shape' },
  NegativeLogLikelihoodLoss: { ranks: '2+ 1+ 1' },
  NonMaxSuppression: { ranks: '3 3' },
  QLinearConv: { ranks: '3+ * * 3+' },
  RNN: { ranks: RECURRENT },
  ReverseSequence: { ranks: '2+ 1' },
  RoiAlign: { ranks: '4 2 1' },
  Scan: { required: 'body num_scan_inputs' },
  SoftmaxCrossEntropyLoss: { ranks: '2+ 1+ 1' },
  SpaceToDepth: { ranks: '4', required: 'blocksize' },
  STFT: { ranks: '2+' },
  TfIdfVectorizer: {
    ranks: '1+',
    required: 'mode min_gram_length max_gram_length max_skip_count ngram_counts ngram_indexes',
  },
  Trilu: { ranks: '2+' },
}

/**
 * Checks a node against its operator's row.
 *
 * @throws {UnsupportedNode} that names the attribute that is missing, or the input whose rank does not fit.
 */
export function checkSchema(context: NodeContext): void {
  const { opType, attributes, inputs, domain } = context.node
  if (domain !== '' || !Object.hasOwn(OPERATOR_SCHEMAS, opType)) return
  const { ranks = '', required = '' } = OPERATOR_SCHEMAS[opType] as OperatorSchema
  const missing = required.split(' ').find((name) => name !== '' && !attributes.has(name))
  if (missing !== undefined) throw context.unsupported(`attribute "${missing}" is missing`)
  ranks.split(' ').forEach((wanted, i) => {
    const rank = context.optional(i)?.shape.length
    if (rank === undefined || wanted === '*' || wanted === '') return
    const least = Number.parseInt(wanted, 10)
    if (rank === least || (rank > least && wanted.endsWith('+'))) return
    const range = wanted.endsWith('+') ? `${least} or more` : String(least)
    throw context.unsupported(`input ${i} ("${inputs[i]}") has rank ${rank}, it must be ${range}`)
  })
}
