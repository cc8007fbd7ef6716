// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInputUploads} from "../interfaces/IInputUploads.sol";
import {InputFrontier, NUM_PEAKS} from "../libraries/InputFrontier.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";

/// @title Inputs that are posted in chunks
/// @notice spec/03-commitments.md §7. No money is held for an upload; one that is left alone stays as it is.
abstract contract InputUploads is IInputUploads {
    /// @dev An upload that is not complete. `slotBytes` 0: there is none.
    struct Upload {
        uint32 slotBytes;
        uint32 offset;
        bytes32[NUM_PEAKS] peaks;
    }

    mapping(address uploader => mapping(bytes32 modelId => mapping(bytes32 inputRoot => Upload))) private _uploads;

    /// @inheritdoc IInputUploads
    function appendInput(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) external {
        Upload storage upload = _uploads[msg.sender][_modelId][_inputRoot];
        uint256 slotBytes = checkChunk(upload, inputHeight(_modelId), _offset, _chunk);
        uint256 height = InputFrontier.heightOf(_chunk.length);
        if (_chunk.length != MerkleMemory.BLOCK_BYTES << height) revert ChunkMisaligned(_offset, _chunk.length);
        uint256 end = _offset + _chunk.length;
        if (end >= slotBytes) revert UploadLengthMismatch(slotBytes, end);
        (upload.slotBytes, upload.offset) = (uint32(slotBytes), uint32(end));
        bytes32 node = MerkleMemory.subtreeRoot(_chunk, height);
        InputFrontier.push(upload.peaks, _offset / MerkleMemory.BLOCK_BYTES, node, height);
        emit InputChunk(msg.sender, _modelId, _inputRoot, _offset, _chunk);
    }

    /// @inheritdoc IInputUploads
    function uploadOf(address _uploader, bytes32 _modelId, bytes32 _inputRoot)
        external
        view
        returns (uint256 slotBytes_, uint256 offset_)
    {
        Upload storage upload = _uploads[_uploader][_modelId][_inputRoot];
        (slotBytes_, offset_) = (upload.slotBytes, upload.offset);
    }

    /// @dev Takes the last chunk in and forgets the upload. Afterwards `_inputRoot` is known to be the root of bytes that
    /// are in the logs.
    function completeUpload(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) internal {
        Upload storage upload = _uploads[msg.sender][_modelId][_inputRoot];
        uint256 slotHeight = inputHeight(_modelId);
        uint256 slotBytes = checkChunk(upload, slotHeight, _offset, _chunk);
        uint256 end = _offset + _chunk.length;
        if (end != slotBytes) revert UploadLengthMismatch(slotBytes, end);
        uint256 height = InputFrontier.heightOf(_chunk.length);
        bytes32 node = MerkleMemory.subtreeRoot(_chunk, height);
        bytes32 root =
            InputFrontier.close(upload.peaks, _offset / MerkleMemory.BLOCK_BYTES, node, height, slotHeight);
        if (root != _inputRoot) revert InputRootMismatch(_inputRoot, root);
        // The peaks stay: they mean nothing without the offset, and the next upload overwrites them for less.
        (upload.slotBytes, upload.offset) = (0, 0);
        emit InputChunk(msg.sender, _modelId, _inputRoot, _offset, _chunk);
    }

    /// @dev Height of a model's input slot; reverts for an unknown model.
    function inputHeight(bytes32 _modelId) internal view virtual returns (uint256 height_);

    /// @dev Reverts unless the chunk follows what has arrived and stands at a multiple of its subtree.
    /// @return slotBytes_ Length word and bytes of the whole input, as its first chunk says.
    function checkChunk(Upload storage _upload, uint256 _slotHeight, uint256 _offset, bytes calldata _chunk)
        private
        view
        returns (uint256 slotBytes_)
    {
        uint256 numBytes = _chunk.length;
        if (numBytes > InputFrontier.MAX_CHUNK_BYTES) revert ChunkTooLarge(numBytes, InputFrontier.MAX_CHUNK_BYTES);
        if (_offset == 0) {
            if (numBytes < 4) revert UploadLengthMismatch(4, numBytes);
            slotBytes_ = 4 + uint256(MerkleMemory.byteSwap32(uint32(bytes4(_chunk[:4]))));
            uint256 maximum = MerkleMemory.BLOCK_BYTES << _slotHeight;
            if (slotBytes_ > maximum) revert MerkleMemory.SlotOverflow(slotBytes_ - 4, maximum - 4);
        } else {
            if (_offset != _upload.offset) revert ChunkOutOfOrder(_upload.offset, _offset);
            slotBytes_ = _upload.slotBytes;
        }
        uint256 subtreeBytes = MerkleMemory.BLOCK_BYTES << InputFrontier.heightOf(numBytes);
        if (_offset % subtreeBytes != 0) revert ChunkMisaligned(_offset, numBytes);
    }
}
