import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { OnnxUnsupportedError } from '../../packages/opml/src/importers/onnx/errors.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { importFor, randomFloats, tensorOf } from './onnxComparison.ts'
import {
  type AttributeValue,
  compareNode,
  float,
  floats,
  int,
  ints,
  type NodeTrial,
  singleNodeModel,
  tensor,
  text,
  texts,
} from './singleNode.ts'

const FEATURES = 4
const NAN = Number.NaN

const rows = (count: number, seed = 1): OnnxTensor =>
  randomFloats({ name: 'x', dims: [count, FEATURES], seed, low: -2, high: 2 })

const random = (count: number, seed: number, low = -1, high = 1): number[] => {
  const source = seededRandom(seed)
  return Array.from({ length: count }, () => Math.fround(low + ((high - low) * source.below(2 ** 20)) / 2 ** 20))
}

const floatTensor = (name: string, dims: readonly number[], values: readonly number[]): OnnxTensor =>
  tensorOf({ name, dataType: OnnxDataType.float, dims, values })
const intTensor = (name: string, dims: readonly number[], values: readonly number[]): OnnxTensor =>
  tensorOf({ name, dataType: OnnxDataType.int64, dims, values })

/** Complete trees of three levels with every mode of branches, as the named lists of the older operators. */
function namedTrees(p: {
  numTrees: number
  seed: number
  prefix: 'target' | 'class'
  targets: readonly number[]
  low?: number
}) {
  const source = seededRandom(p.seed)
  const modes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ']
  const lists: Record<string, number[]> = {}
  const push = (name: string, value: number) => {
    lists[name] ??= []
    lists[name].push(value)
  }
  const [names, values, weights]: [string[], number[], number[]] = [[], [], []]
  for (let tree = 0; tree < p.numTrees; tree++)
    for (let node = 0; node < 15; node++) {
      const isLeaf = node >= 7
      push('nodes_treeids', tree)
      push('nodes_nodeids', node)
      push('nodes_featureids', isLeaf ? 0 : source.below(FEATURES))
      push('nodes_truenodeids', isLeaf ? 0 : 2 * node + 1)
      push('nodes_falsenodeids', isLeaf ? 0 : 2 * node + 2)
      push('nodes_missing_value_tracks_true', source.below(2))
      names.push(isLeaf ? 'LEAF' : source.pick(modes))
      values.push(isLeaf ? 0 : Math.fround((source.below(64) - 32) / 16))
      if (!isLeaf) continue
      for (const target of p.targets) {
        push(`${p.prefix}_treeids`, tree)
        push(`${p.prefix}_nodeids`, node)
        push(`${p.prefix}_ids`, target)
        weights.push(Math.fround((p.low ?? -1) + source.below(1000) / 700))
      }
    }
  return {
    ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, ints(list)])),
    nodes_modes: texts(names),
    nodes_values: floats(values),
    [`${p.prefix}_weights`]: floats(weights),
  } satisfies Record<string, AttributeValue>
}

/** Rows on thresholds, between them, and NaN: the comparisons' edges. */
const edges = floatTensor(
  'x',
  [5, FEATURES],
  [0.5, -0.5, 1, 0.0625, NAN, 0, -1, 2, 1.0625, NAN, NAN, -2, 0, 0, 0, 0, -0.125, 0.25, -0.375, 1.5],
)

const DOMAIN = 'ai.onnx.ml'
type Case = readonly [string, Omit<NodeTrial, 'domain'>]

const regressor = (aggregate: string, extra: Record<string, AttributeValue> = {}): Omit<NodeTrial, 'domain'> => ({
  op: 'TreeEnsembleRegressor',
  opset: 3,
  inputs: [edges],
  attributes: {
    ...namedTrees({ numTrees: 5, seed: 4, prefix: 'target', targets: [0, 1] }),
    n_targets: int(2),
    aggregate_function: text(aggregate),
    ...extra,
  },
})

const classifier = (p: {
  classes: readonly number[]
  labels: readonly number[]
  low?: number
  extra?: Record<string, AttributeValue>
}): Omit<NodeTrial, 'domain'> => ({
  op: 'TreeEnsembleClassifier',
  opset: 3,
  inputs: [rows(40)],
  numOutputs: 2,
  attributes: {
    ...namedTrees({
      numTrees: 3,
      seed: 5,
      prefix: 'class',
      targets: p.classes,
      ...(p.low !== undefined && { low: p.low }),
    }),
    classlabels_int64s: ints(p.labels),
    ...p.extra,
  },
})

/** Two trees of opset 5: a root with a branch and a leaf, and a root with two leaves. */
const trees5 = (extra: Record<string, AttributeValue> = {}): Omit<NodeTrial, 'domain'> => ({
  op: 'TreeEnsemble',
  opset: 5,
  inputs: [rows(20)],
  attributes: {
    nodes_modes: tensor(tensorOf({ name: '', dataType: OnnxDataType.uint8, dims: [3], values: [0, 3, 1] })),
    nodes_splits: tensor(floatTensor('', [3], [0.25, -0.5, 0.75])),
    nodes_featureids: ints([0, 2, 3]),
    nodes_truenodeids: ints([1, 0, 3]),
    nodes_falsenodeids: ints([2, 1, 4]),
    nodes_trueleafs: ints([0, 1, 1]),
    nodes_falseleafs: ints([1, 1, 1]),
    leaf_targetids: ints([0, 1, 0, 1, 0]),
    leaf_weights: tensor(floatTensor('', [5], [0.5, -1.25, 2, 0.125, -3])),
    tree_roots: ints([0, 2]),
    n_targets: int(2),
    ...extra,
  },
})

const svc = (kernel: string, params: readonly number[], perClass: readonly number[]): Omit<NodeTrial, 'domain'> => {
  const count = perClass.reduce((sum, n) => sum + n, 0)
  const numClasses = perClass.length
  return {
    op: 'SVMClassifier',
    opset: 1,
    inputs: [rows(20)],
    numOutputs: 2,
    attributes: {
      classlabels_ints: ints(perClass.map((_, i) => 10 * i + 3)),
      vectors_per_class: ints(perClass),
      support_vectors: floats(random(count * FEATURES, 21)),
      coefficients: floats(random((numClasses - 1) * count, 22)),
      rho: floats(random((numClasses * (numClasses - 1)) / 2, 23)),
      kernel_type: text(kernel),
      kernel_params: floats(params),
    },
  }
}

const svr = (kernel: string, extra: Record<string, AttributeValue> = {}): Omit<NodeTrial, 'domain'> => ({
  op: 'SVMRegressor',
  opset: 1,
  inputs: [rows(9)],
  attributes: {
    support_vectors: floats(random(6 * FEATURES, 31)),
    coefficients: floats(random(6, 32)),
    n_supports: int(6),
    rho: floats([0.3]),
    kernel_type: text(kernel),
    kernel_params: floats([0.4, 0.7, 3]),
    ...extra,
  },
})

const linear = (classes: number, transform: string, labels: readonly number[]): Omit<NodeTrial, 'domain'> => ({
  op: 'LinearClassifier',
  opset: 1,
  inputs: [rows(12)],
  numOutputs: 2,
  attributes: {
    coefficients: floats(random(classes * FEATURES, 41)),
    intercepts: floats(random(classes, 42)),
    classlabels_ints: ints(labels),
    post_transform: text(transform),
  },
})

const features = (
  op: string,
  x: OnnxTensor,
  attributes: Record<string, AttributeValue>,
  opset = 1,
): Omit<NodeTrial, 'domain'> => ({
  op,
  opset,
  inputs: [x],
  attributes,
})

const CASES: readonly Case[] = [
  ['TreeEnsembleRegressor, sum', regressor('SUM')],
  ['TreeEnsembleRegressor, average with base values', regressor('AVERAGE', { base_values: floats([0.5, -1]) })],
  ['TreeEnsembleRegressor, least', regressor('MIN')],
  ['TreeEnsembleRegressor, greatest', regressor('MAX')],
  ['TreeEnsembleRegressor, softmax', regressor('SUM', { post_transform: text('SOFTMAX') })],
  ['TreeEnsembleClassifier, three classes', classifier({ classes: [0, 1, 2], labels: [5, 3, 9] })],
  [
    'TreeEnsembleClassifier, three classes with base values and softmax',
    classifier({
      classes: [0, 1, 2],
      labels: [0, 1, 2],
      extra: { base_values: floats([0.1, 0.4, -0.6]), post_transform: text('SOFTMAX') },
    }),
  ],
  [
    'TreeEnsembleClassifier, logistic',
    classifier({ classes: [0, 1, 2], labels: [0, 1, 2], extra: { post_transform: text('LOGISTIC') } }),
  ],
  [
    'TreeEnsembleClassifier, softmax without zeros',
    classifier({ classes: [0, 2], labels: [0, 1, 2], extra: { post_transform: text('SOFTMAX_ZERO') } }),
  ],
  ['TreeEnsembleClassifier, two labels, one score of any sign', classifier({ classes: [0], labels: [4, 7] })],
  [
    'TreeEnsembleClassifier, two labels, one score, logistic',
    classifier({ classes: [0], labels: [0, 1], extra: { post_transform: text('LOGISTIC') } }),
  ],
  [
    'TreeEnsembleClassifier, two labels, one score, base value',
    classifier({
      classes: [0],
      labels: [0, 1],
      extra: { base_values: floats([0.25]), post_transform: text('LOGISTIC') },
    }),
  ],
  ['TreeEnsembleClassifier, two labels, one positive score', classifier({ classes: [0], labels: [0, 1], low: 0 })],
  ['TreeEnsemble, sum', trees5()],
  ['TreeEnsemble, greatest', trees5({ aggregate_function: int(3) })],
  // 1 and 2 are SOFTMAX and LOGISTIC in ONNX's text; onnxruntime 1.30 takes them the other way round.
  ['TreeEnsemble, softmax without zeros', trees5({ post_transform: int(3) })],
  [
    'LinearRegressor',
    {
      op: 'LinearRegressor',
      opset: 1,
      inputs: [rows(7)],
      attributes: { coefficients: floats(random(3 * FEATURES, 51)), intercepts: floats([1, 2, 3]), targets: int(3) },
    },
  ],
  ['LinearClassifier, softmax', linear(3, 'SOFTMAX', [0, 1, 2])],
  ['LinearClassifier, logistic', linear(3, 'LOGISTIC', [7, 8, 9])],
  ['LinearClassifier, one score', linear(1, 'NONE', [2, 5])],
  ['LinearClassifier, one score, logistic', linear(1, 'LOGISTIC', [2, 5])],
  ['SVMClassifier, linear', svc('LINEAR', [0, 0, 0], [2, 3, 2])],
  ['SVMClassifier, radial', svc('RBF', [0.5, 0, 0], [3, 1, 2, 2])],
  ['SVMClassifier, two classes', svc('POLY', [0.3, 1, 2], [4, 3])],
  ['SVMRegressor, polynomial', svr('POLY')],
  ['SVMRegressor, radial', svr('RBF')],
  ['SVMRegressor, sigmoid', svr('SIGMOID')],
  ['SVMRegressor, one class', svr('RBF', { one_class: int(1) })],
  ['Scaler', features('Scaler', rows(3), { offset: floats([1, 2, 3, 4]), scale: floats([0.5, 2, 1, 3]) })],
  [
    'Scaler, integers',
    features('Scaler', intTensor('x', [2, 2], [1, 2, 3, 4]), { offset: floats([1]), scale: floats([0.5]) }),
  ],
  ['Normalizer, MAX', features('Normalizer', rows(3), { norm: text('MAX') })],
  ['Normalizer, L1', features('Normalizer', rows(3), { norm: text('L1') })],
  ['Normalizer, L2', features('Normalizer', rows(3), { norm: text('L2') })],
  ['Binarizer', features('Binarizer', rows(3), { threshold: float(0.25) })],
  [
    'ArrayFeatureExtractor',
    { op: 'ArrayFeatureExtractor', opset: 1, inputs: [rows(3), intTensor('y', [3], [2, 0, 3])] },
  ],
  ['Imputer, NaN', features('Imputer', edges, { imputed_value_floats: floats([9]), replaced_value_float: float(NAN) })],
  [
    'Imputer, integers',
    features('Imputer', intTensor('x', [2, 2], [1, 0, 0, 4]), {
      imputed_value_int64s: ints([7, 8]),
      replaced_value_int64: int(0),
    }),
  ],
  [
    'LabelEncoder, integers',
    features(
      'LabelEncoder',
      intTensor('x', [2, 3], [5, 1, 2, 9, 1, 5]),
      { keys_int64s: ints([1, 5, 9]), values_int64s: ints([30, 10, 20]), default_int64: int(-7) },
      2,
    ),
  ],
  [
    'LabelEncoder, integers to floats',
    features(
      'LabelEncoder',
      intTensor('x', [4], [5, 1, 2, 9]),
      { keys_int64s: ints([1, 5]), values_floats: floats([0.5, 1.5]), default_float: float(2.5) },
      2,
    ),
  ],
  [
    'LabelEncoder 2, floats to integers: NaN equals nothing',
    features(
      'LabelEncoder',
      floatTensor('x', [4], [NAN, 1, 2, 9]),
      { keys_floats: floats([1, NAN]), values_int64s: ints([3, 4]) },
      2,
    ),
  ],
  [
    'LabelEncoder 4, floats to integers: NaN equals NaN',
    features(
      'LabelEncoder',
      floatTensor('x', [4], [NAN, 1, 2, 9]),
      { keys_floats: floats([1, NAN]), values_int64s: ints([3, 4]) },
      4,
    ),
  ],
  [
    'LabelEncoder 4, tensors',
    features(
      'LabelEncoder',
      intTensor('x', [4], [3, 1, 2, 9]),
      {
        keys_tensor: tensor(intTensor('', [2], [1, 3])),
        values_tensor: tensor(floatTensor('', [2], [0.5, 2.5])),
        default_tensor: tensor(floatTensor('', [1], [-8])),
      },
      4,
    ),
  ],
  ['OneHotEncoder', features('OneHotEncoder', intTensor('x', [3], [1, 4, 2]), { cats_int64s: ints([2, 1, 3]) })],
  [
    'FeatureVectorizer',
    {
      op: 'FeatureVectorizer',
      opset: 1,
      inputs: [rows(3), floatTensor('z', [3, 1], [1, 2, 3])],
      attributes: { inputdimensions: ints([4, 1]) },
    },
  ],
]

describe('operators of ai.onnx.ml', () => {
  test.each(CASES)('differential: %s', async (_, trial) => {
    const outputs = await compareNode({ domain: DOMAIN, ...trial })
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
  })

  const strings: readonly Case[] = [
    [
      'labels are strings',
      {
        ...linear(3, 'NONE', []),
        attributes: { ...linear(3, 'NONE', []).attributes, classlabels_strings: texts(['a', 'b', 'c']) },
      },
    ],
    ['a sequence of maps', { op: 'ZipMap', opset: 1, inputs: [rows(2)] }],
    [
      'of a tree has two parents',
      {
        ...trees5(),
        attributes: { ...trees5().attributes, nodes_truenodeids: ints([1, 0, 3]), tree_roots: ints([0, 0]) },
      },
    ],
    [
      'mode MEMBER',
      trees5({
        nodes_modes: tensor(tensorOf({ name: '', dataType: OnnxDataType.uint8, dims: [3], values: [0, 6, 1] })),
      }),
    ],
  ]
  test.each(strings)('error: %s', (reason, trial) => {
    const importing = () =>
      importFor({
        model: singleNodeModel({ domain: DOMAIN, ...trial }),
        inputs: trial.inputs.filter((x) => x !== undefined),
      })
    expect(importing).toThrow(OnnxUnsupportedError)
    expect(importing).toThrow(reason)
  })
})
