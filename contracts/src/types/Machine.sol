// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev First word of a machine program's id (spec/03-commitments §4).
bytes32 constant MODEL_TAG = keccak256("opml.model.machine.1");

/// @dev Result of a run that trapped, did not halt, left with another exit code than 0, or gave an impossible
/// length (spec/03-commitments §6). No block, node or state has a preimage this short.
bytes32 constant FAILED = keccak256("opml.result.failed");

/// @dev Greatest heights of the trace trees that can be registered (spec/03-commitments §4).
uint8 constant MAX_COARSE_HEIGHT = 40;
uint8 constant MAX_FINE_HEIGHT = 20;

/// @notice A machine program: everything that fixes its runs besides the input (spec/03-commitments §4).
/// @dev Field order is the order of the id. In storage: imageRoot, codeRoot, and one word for the rest.
struct MachineModel {
    /// Memory root (height 25) of the loaded image, slots empty.
    bytes32 imageRoot;
    /// Root of the first 2^codeHeight blocks of the image.
    bytes32 codeRoot;
    /// First pc.
    uint32 entry;
    /// CODE_END in bytes: fetches at or above it and stores below it trap.
    uint32 codeEnd;
    /// Start of the input slot in bytes.
    uint32 inputAddress;
    /// The input slot has 2^inputHeight blocks.
    uint8 inputHeight;
    /// Start of the output slot in bytes.
    uint32 outputAddress;
    /// The output slot has 2^outputHeight blocks.
    uint8 outputHeight;
    /// Height of the VM coarse tree.
    uint8 coarseHeight;
    /// Height of the VM fine tree.
    uint8 fineHeight;
}

/// @notice The id of a machine program: the hash of its tag and fields, one word each.
function modelIdOf(MachineModel memory _model) pure returns (bytes32 modelId_) {
    modelId_ = keccak256(abi.encode(MODEL_TAG, _model));
}

/// @notice Height of the tree over the code region: the least k with 128 · 2^k ≥ codeEnd.
function codeHeightOf(uint32 _codeEnd) pure returns (uint256 height_) {
    while ((uint256(128) << height_) < _codeEnd) ++height_;
}
