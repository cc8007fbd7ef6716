// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev First word of a tensor program's id (spec/02-program §8).
bytes32 constant PROGRAM_TAG = keccak256("opml.model.program.1");

/// @dev First word of what a program's result hashes (spec/03-commitments §6).
bytes32 constant PROGRAM_RESULT_TAG = keccak256("opml.result.program.1");

/// @dev Greatest heights of the trace tree that can be registered (spec/02-program §8).
uint8 constant MAX_STEP_HEIGHT = 32;
uint8 constant MAX_NODE_HEIGHT = 24;
uint8 constant MAX_BLOCK_HEIGHT = 23;
uint8 constant MAX_GRAPH_HEIGHT = 64;

/// @dev Greatest lists of a program that can be registered.
uint256 constant MAX_SECTIONS = 64;
uint256 constant MAX_INPUTS = 64;
/// @dev Most words that prove a result.
uint256 constant MAX_RESULT_WORDS = 256;

/// @dev Most words that a registered program's evidence can have (`evidenceWords`): 2^32 nodes and constants, a halt node, a tree of
/// height 64.
uint256 constant MAX_WORDS = 16 + 32 + (5 + 2 * 64) + 3 * (1 + 32 + 24);

/// @notice A tensor program: everything that fixes its runs besides the inputs (spec/02-program §8).
/// @dev Field order is the order of the id.
struct ProgramModel {
    /// Over the descriptors of the nodes of all sections.
    bytes32 programRoot;
    /// Over the constants, each lifted to height 23.
    bytes32 weightsRoot;
    /// The guest image as the lower 16 MiB of memory (height 17).
    bytes32 kernelRoot;
    /// Root of the first 2^codeHeight blocks of the image.
    bytes32 codeRoot;
    /// First pc.
    uint32 entry;
    /// CODE_END in bytes.
    uint32 codeEnd;
    /// Where the guest writes the block it computes.
    uint32 outputBlockAddress;
    /// Of one word a section (`SectionWord`).
    bytes32 sectionsHash;
    /// Of one word an output (`OutputWord`).
    bytes32 outputsHash;
    /// Of one word an input: its length in bytes.
    bytes32 inputsHash;
    /// Nodes of all sections.
    uint32 numNodes;
    uint32 numConstants;
    uint32 numInputs;
    /// Heights of the trace tree: step positions, nodes of a step, blocks of an output.
    uint8 stepHeight;
    uint8 nodeHeight;
    uint8 blockHeight;
    /// Heights of the trees of the machine that computes one block.
    uint8 coarseHeight;
    uint8 fineHeight;
}

/// @notice A tensor program with the words that its hashes stand for.
struct ProgramRecord {
    ProgramModel model;
    /// `SectionWord`s.
    bytes32[] sections;
    /// `OutputWord`s.
    bytes32[] outputs;
    /// Lengths in bytes.
    bytes32[] inputs;
}

/// @notice The id of a tensor program: the hash of its tag and fields, one word each.
function programIdOf(ProgramModel memory _model) pure returns (bytes32 modelId_) {
    modelId_ = keccak256(abi.encode(PROGRAM_TAG, _model));
}

/// @notice One section: `firstNode (32) ‖ numNodes (32) ‖ firstPosition (64) ‖ steps (64) ‖ haltNode + 1 (32) ‖ 0 (32)`.
type SectionWord is bytes32;

/// @notice One output: `section (32) ‖ node (32) ‖ lengthBytes (64) ‖ 0 (128)`.
type OutputWord is bytes32;

using {firstNode, numNodes, firstPosition, steps, haltNodePlus1, lastPosition} for SectionWord global;
using {section, node, lengthBytes} for OutputWord global;

/// @notice Number of the section's first node among those of all sections.
function firstNode(SectionWord _word) pure returns (uint256) {
    return uint256(SectionWord.unwrap(_word)) >> 224;
}

/// @notice Nodes of the section.
function numNodes(SectionWord _word) pure returns (uint256) {
    return uint32(uint256(SectionWord.unwrap(_word)) >> 192);
}

/// @notice First step position.
function firstPosition(SectionWord _word) pure returns (uint256) {
    return uint64(uint256(SectionWord.unwrap(_word)) >> 128);
}

/// @notice Number of step positions.
function steps(SectionWord _word) pure returns (uint256) {
    return uint64(uint256(SectionWord.unwrap(_word)) >> 64);
}

/// @notice 1 + the number, inside the section, of the node whose first word halts it; 0 for none.
function haltNodePlus1(SectionWord _word) pure returns (uint256) {
    return uint32(uint256(SectionWord.unwrap(_word)) >> 32);
}

/// @notice Last step position.
function lastPosition(SectionWord _word) pure returns (uint256) {
    return firstPosition(_word) + steps(_word) - 1;
}

/// @notice Section of the node that is the output.
function section(OutputWord _word) pure returns (uint256) {
    return uint256(OutputWord.unwrap(_word)) >> 224;
}

/// @notice Number of the node inside its section.
function node(OutputWord _word) pure returns (uint256) {
    return uint32(uint256(OutputWord.unwrap(_word)) >> 192);
}

/// @notice Bytes of the output.
function lengthBytes(OutputWord _word) pure returns (uint256) {
    return uint64(uint256(OutputWord.unwrap(_word)) >> 128);
}
