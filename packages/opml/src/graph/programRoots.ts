import { concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { ceilLog2, merkleRoot } from '../core/merkleRoot.ts'
import { MerkleTree } from '../core/merkleTree.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { CONSTANT_HEIGHT } from './constantHasher.ts'
import { encodeDescriptor } from './encodeDescriptor.ts'
import { InvalidProgramError } from './errors.ts'
import { packWord, uintWord } from './evmWords.ts'
import type { OperatorTable } from './operatorRule.ts'
import type { Program } from './program.ts'
import { tensorBytes } from './shape.ts'

/** Height of a descriptor's own tree: four blocks. */
export const DESCRIPTOR_HEIGHT = 2

/** Nodes of all sections together. */
export function numNodes(program: Program): number {
  return program.sections.reduce((sum, { nodes }) => sum + nodes.length, 0)
}

/** The descriptors of the nodes of all sections, in order. @throws {InvalidProgramError} for an unknown operator; as `encodeDescriptor`. */
export function programDescriptors(program: Program, operators: OperatorTable): Uint8Array[] {
  return program.sections.flatMap(({ nodes }, section) =>
    nodes.map((node, index) => {
      const rule = operators.named(node.op)
      if (rule !== undefined) return encodeDescriptor(node, rule)
      throw new InvalidProgramError({ section, node: index, message: `"${node.op}" is no operator.` })
    }),
  )
}

/** The tree over the descriptors' roots, from which the contract's proofs of nodes are made. At least one descriptor. */
export function programTree(descriptors: readonly Uint8Array[]): MerkleTree {
  const leaves = concatBytes(descriptors.map((descriptor) => merkleRoot(descriptor, DESCRIPTOR_HEIGHT)))
  return new MerkleTree({ leaves, padding: zeroHash(DESCRIPTOR_HEIGHT), height: ceilLog2(descriptors.length) })
}

/** `programRoot`, 32 bytes, of a program with at least one node. @see spec/02-program.md §8 */
export function programRoot(program: Program, operators: OperatorTable): Uint8Array {
  return programTree(programDescriptors(program, operators)).root()
}

/** The tree over the constants' roots at height {@link CONSTANT_HEIGHT}, in order; one missing leaf where there are none. */
export function weightsTree(constantRoots: readonly Uint8Array[]): MerkleTree {
  const height = ceilLog2(Math.max(1, constantRoots.length))
  return new MerkleTree({ leaves: concatBytes(constantRoots), padding: zeroHash(CONSTANT_HEIGHT), height })
}

/** `weightsRoot`, 32 bytes; roots as of `ConstantHasher`. @see spec/02-program.md §8 */
export function weightsRoot(constantRoots: readonly Uint8Array[]): Uint8Array {
  return weightsTree(constantRoots).root()
}

/** The words behind `sectionsHash`, one a section, 32 bytes each. */
export function sectionWords({ sections }: Program): Uint8Array[] {
  let [firstNode, firstPosition] = [0, 0]
  return sections.map(({ nodes, steps, haltNode }) => {
    const word = packWord([
      { bits: 32, value: firstNode },
      { bits: 32, value: nodes.length },
      { bits: 64, value: firstPosition },
      { bits: 64, value: steps },
      { bits: 32, value: haltNode === undefined ? 0 : haltNode + 1 },
    ])
    firstNode += nodes.length
    firstPosition += steps
    return word
  })
}

/** `sectionsHash`, 32 bytes. @see spec/02-program.md §8 */
export function sectionsHash(program: Program): Uint8Array {
  return keccak256(concatBytes(sectionWords(program)))
}

/** The words behind `outputsHash`, one an output, 32 bytes each. */
export function outputWords({ outputs }: Program): Uint8Array[] {
  return outputs.map(({ section, node, shape, dtype }) =>
    packWord([
      { bits: 32, value: section },
      { bits: 32, value: node },
      { bits: 64, value: tensorBytes(shape, dtype) },
    ]),
  )
}

/** `outputsHash`, 32 bytes. @see spec/02-program.md §8 */
export function outputsHash(program: Program): Uint8Array {
  return keccak256(concatBytes(outputWords(program)))
}

/** The words behind `inputsHash`, one an input, 32 bytes each. */
export function inputWords({ inputs }: Program): Uint8Array[] {
  return inputs.map(({ shape, dtype }) => uintWord(tensorBytes(shape, dtype)))
}

/** `inputsHash`, 32 bytes. @see spec/02-program.md §8 */
export function inputsHash(program: Program): Uint8Array {
  return keccak256(concatBytes(inputWords(program)))
}
