// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInputUploads} from "../interfaces/IInputUploads.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {InputFrontier, NUM_PEAKS} from "../libraries/InputFrontier.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";

/// @title Inputs that are posted in chunks
/// @notice spec/03-commitments.md §7 and §8. No money is held for an upload; one that is left alone stays as it is.
abstract contract InputUploads is IInputUploads {
    /// @dev An upload that is not complete. `totalBytes` 0: there is none.
    struct Upload {
        uint64 totalBytes;
        uint64 offset;
        /// Frontier of the tree that is being filled.
        bytes32[NUM_PEAKS] peaks;
        /// Roots of the tensors that are complete, by their number.
        mapping(uint256 tensor => bytes32 root) roots;
    }

    /// @dev The bytes that a chunk belongs to, which have a tree of their own: the slot of a machine program, or one tensor.
    struct Part {
        uint256 totalBytes;
        bool isSlot;
        /// Number of the tensor; 0 for a slot.
        uint256 tensor;
        uint256 start;
        uint256 end;
        uint256 height;
        /// Height of the chunk's subtree, and its place in the part in blocks.
        uint256 chunkHeight;
        uint256 position;
    }

    IModelRegistry public immutable REGISTRY;

    mapping(address uploader => mapping(bytes32 modelId => mapping(bytes32 inputRoot => Upload))) private _uploads;

    constructor(IModelRegistry _registry) {
        REGISTRY = _registry;
    }

    /// @inheritdoc IInputUploads
    function appendInput(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) external {
        Upload storage upload = _uploads[msg.sender][_modelId][_inputRoot];
        (Part memory part,) = partAt(upload, _modelId, _offset, _chunk);
        uint256 end = _offset + _chunk.length;
        if (end >= part.totalBytes) revert UploadLengthMismatch(part.totalBytes, end);
        (upload.totalBytes, upload.offset) = (uint64(part.totalBytes), uint64(end));
        if (end == part.end) {
            upload.roots[part.tensor] = closedRoot(upload, part, _chunk);
        } else {
            if (_chunk.length != MerkleMemory.BLOCK_BYTES << part.chunkHeight) {
                revert ChunkMisaligned(_offset, _chunk.length);
            }
            bytes32 node = MerkleMemory.subtreeRoot(_chunk, part.chunkHeight);
            InputFrontier.push(upload.peaks, part.position, node, part.chunkHeight);
        }
        emit InputChunk(msg.sender, _modelId, _inputRoot, _offset, part.totalBytes, part.isSlot, _chunk);
    }

    /// @inheritdoc IInputUploads
    function uploadOf(address _uploader, bytes32 _modelId, bytes32 _inputRoot)
        external
        view
        returns (uint256 totalBytes_, uint256 offset_)
    {
        Upload storage upload = _uploads[_uploader][_modelId][_inputRoot];
        (totalBytes_, offset_) = (upload.totalBytes, upload.offset);
    }

    /// @dev Takes the last chunk in and forgets the upload. Afterwards `_inputRoot` is known to be the root of bytes that
    /// are in the logs.
    function completeUpload(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) internal {
        Upload storage upload = _uploads[msg.sender][_modelId][_inputRoot];
        (Part memory part, bytes32[] memory lengths) = partAt(upload, _modelId, _offset, _chunk);
        uint256 end = _offset + _chunk.length;
        if (end != part.totalBytes) revert UploadLengthMismatch(part.totalBytes, end);
        bytes32 root = closedRoot(upload, part, _chunk);
        if (!part.isSlot) root = rootOfInputs(upload, part.tensor, root, lengths);
        if (root != _inputRoot) revert InputRootMismatch(_inputRoot, root);
        // Peaks and roots stay: they mean nothing without the offset, and the next upload overwrites them for less.
        (upload.totalBytes, upload.offset) = (0, 0);
        emit InputChunk(msg.sender, _modelId, _inputRoot, _offset, part.totalBytes, part.isSlot, _chunk);
    }

    /// @dev Root of the tree whose last bytes are the chunk.
    function closedRoot(Upload storage _upload, Part memory _part, bytes calldata _chunk)
        private
        view
        returns (bytes32 root_)
    {
        bytes32 node = MerkleMemory.subtreeRoot(_chunk, _part.chunkHeight);
        root_ = InputFrontier.close(_upload.peaks, _part.position, node, _part.chunkHeight, _part.height);
    }

    /// @dev Root over all inputs of a tensor program: the last with bytes is `_lastRoot`, those before it are kept, the others are empty.
    function rootOfInputs(Upload storage _upload, uint256 _last, bytes32 _lastRoot, bytes32[] memory _lengths)
        private
        view
        returns (bytes32 root_)
    {
        bytes32 zero = MerkleMemory.zeroHash(MerkleMemory.MAX_SLOT_HEIGHT);
        bytes32[] memory roots = new bytes32[](_lengths.length);
        if (roots.length == 0) return zero;
        for (uint256 i = 0; i < roots.length; ++i) {
            roots[i] = _lengths[i] == 0 ? zero : i == _last ? _lastRoot : _upload.roots[i];
        }
        root_ = MerkleMemory.rootOver(roots, MerkleMemory.MAX_SLOT_HEIGHT);
    }

    /// @dev Reverts unless the chunk follows what has arrived, ends inside its part, and stands at a multiple of its subtree.
    /// @return part_ Where it belongs.
    /// @return lengths_ Bytes of each input of a tensor program; none for a machine program.
    function partAt(Upload storage _upload, bytes32 _modelId, uint256 _offset, bytes calldata _chunk)
        private
        view
        returns (Part memory part_, bytes32[] memory lengths_)
    {
        uint256 numBytes = _chunk.length;
        if (numBytes > InputFrontier.MAX_CHUNK_BYTES) revert ChunkTooLarge(numBytes, InputFrontier.MAX_CHUNK_BYTES);
        if (_offset != 0 && _offset != _upload.offset) revert ChunkOutOfOrder(_upload.offset, _offset);
        if (REGISTRY.isProgram(_modelId)) {
            lengths_ = REGISTRY.inputsOf(_modelId);
            findTensor(part_, lengths_, _offset);
        } else {
            part_.isSlot = true;
            part_.height = REGISTRY.model(_modelId).inputHeight;
            part_.totalBytes = _offset == 0 ? slotBytes(part_.height, _chunk) : _upload.totalBytes;
            part_.end = part_.totalBytes;
        }
        uint256 end = _offset + numBytes;
        if (end > part_.end) revert UploadLengthMismatch(part_.end, end);
        part_.chunkHeight = InputFrontier.heightOf(numBytes);
        uint256 place = _offset - part_.start;
        if (place % (MerkleMemory.BLOCK_BYTES << part_.chunkHeight) != 0) revert ChunkMisaligned(_offset, numBytes);
        part_.position = place / MerkleMemory.BLOCK_BYTES;
    }

    /// @dev The tensor that byte `_offset` belongs to. Behind the last byte there is none: its part ends at the total.
    function findTensor(Part memory _part, bytes32[] memory _lengths, uint256 _offset) private pure {
        uint256 end;
        _part.height = MerkleMemory.MAX_SLOT_HEIGHT;
        for (uint256 i = 0; i < _lengths.length; ++i) {
            uint256 start = end;
            end += uint256(_lengths[i]);
            if (_offset >= start && _offset < end) (_part.tensor, _part.start, _part.end) = (i, start, end);
        }
        _part.totalBytes = end;
    }

    /// @dev Length word and bytes of a machine program's whole input, as its first chunk says.
    function slotBytes(uint256 _slotHeight, bytes calldata _chunk) private pure returns (uint256 slotBytes_) {
        if (_chunk.length < 4) revert UploadLengthMismatch(4, _chunk.length);
        slotBytes_ = 4 + uint256(MerkleMemory.byteSwap32(uint32(bytes4(_chunk[:4]))));
        uint256 maximum = MerkleMemory.BLOCK_BYTES << _slotHeight;
        if (slotBytes_ > maximum) revert MerkleMemory.SlotOverflow(slotBytes_ - 4, maximum - 4);
    }
}
