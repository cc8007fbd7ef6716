import { describe, expect, test } from 'vitest'
import { f32, type Given, onnxTensor, runNode } from '../../testing/runNode.ts'

const domain = 'ai.onnx.ml'
const rows = f32([3, 2], [0, 5, 1, 5, 2, 7])
const tensor = (given: Given) => ({ t: onnxTensor('', given) })

/** One tree: x0 ≤ 0.5 gives leaf 1, else x1 < 6 gives leaf 3, else leaf 4. */
const tree = {
  nodes_treeids: [0, 0, 0, 0, 0],
  nodes_nodeids: [0, 1, 2, 3, 4],
  nodes_featureids: [0, 0, 1, 0, 0],
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'BRANCH_LT', 'LEAF', 'LEAF'] },
  nodes_values: { floats: [0.5, 0, 6, 0, 0] },
  nodes_truenodeids: [1, 0, 3, 0, 0],
  nodes_falsenodeids: [2, 0, 4, 0, 0],
}

describe('tree ensembles', () => {
  test('default: a regressor leads each row to its leaf and adds the base value', () => {
    const attributes = {
      ...tree,
      target_treeids: [0, 0, 0],
      target_nodeids: [1, 3, 4],
      target_ids: [0, 0, 0],
      target_weights: { floats: [10, 20, 30] },
      base_values: { floats: [0.5] },
    }
    expect(runNode('TreeEnsembleRegressor', { domain, opset: 3, inputs: [rows], attributes })).toEqual([
      { dtype: 'f32', shape: [3, 1], values: [10.5, 20.5, 30.5] },
    ])
  })

  test('default: a classifier gives the label of the greatest score, and the scores', () => {
    const attributes = {
      ...tree,
      class_treeids: [0, 0, 0],
      class_nodeids: [1, 3, 4],
      class_ids: [2, 0, 1],
      class_weights: { floats: [1, 1, 1] },
      classlabels_int64s: [7, 8, 9],
    }
    const [labels, scores] = runNode('TreeEnsembleClassifier', {
      domain,
      opset: 3,
      inputs: [rows],
      attributes,
      numOutputs: 2,
    })
    expect(labels).toEqual({ dtype: 'i64', shape: [3], values: [9, 7, 8] })
    expect(scores.values).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0])
  })

  test('default: TreeEnsemble of version 5 is the same tree', () => {
    const attributes = {
      nodes_modes: tensor({ shape: [2], values: [0, 1], dtype: 'u8' }),
      nodes_splits: tensor(f32([2], [0.5, 6])),
      nodes_featureids: [0, 1],
      nodes_truenodeids: [0, 1],
      nodes_falsenodeids: [1, 2],
      nodes_trueleafs: [1, 1],
      nodes_falseleafs: [0, 1],
      leaf_targetids: [0, 0, 0],
      leaf_weights: tensor(f32([3], [10, 20, 30])),
      tree_roots: [0],
    }
    expect(runNode('TreeEnsemble', { domain, opset: 5, inputs: [rows], attributes })[0].values).toEqual([10, 20, 30])
  })

  test('error: a node that is its own child', () => {
    const attributes = { ...tree, nodes_truenodeids: [0, 0, 3, 0, 0], target_weights: { floats: [] } }
    expect(() => runNode('TreeEnsembleRegressor', { domain, opset: 3, inputs: [rows], attributes })).toThrow(
      'that no root leads to',
    )
  })
})
