// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Inputs that are posted in chunks
/// @notice spec/03-commitments.md §7 and §8. An upload is named by its sender, its model and the root of the whole input, so
/// a chunk can never end up in another input. Chunks are cut from the posted bytes: of a machine program the encoded slot (length word,
/// then the bytes), of a tensor program its inputs one after the other.
interface IInputUploads {
    /// @notice Bytes arrived. The chunks of an upload from offset 0 on, joined, are the posted bytes, `totalBytes` of them in the end. A chunk at offset 0 begins the upload anew.
    /// @dev `isSlot`: the first four bytes are the length word of a machine program's slot; else the input is the posted bytes.
    event InputChunk(address indexed uploader, bytes32 indexed modelId, bytes32 indexed inputRoot, uint256 offset, uint256 totalBytes, bool isSlot, bytes chunk);

    /// @notice A chunk above the maximum.
    error ChunkTooLarge(uint256 numBytes, uint256 maximum);
    /// @notice The chunk does not fill a subtree (128·2^k bytes at a multiple of them, from the start of its
    /// slot or input); the last one there may be shorter.
    error ChunkMisaligned(uint256 offset, uint256 numBytes);
    /// @notice The chunk does not follow what has arrived. An upload that is unknown, or complete, expects offset 0.
    error ChunkOutOfOrder(uint256 expectedOffset, uint256 actualOffset);
    /// @notice The chunk ends elsewhere than it may: only the last one ends at the end, and none behind it or behind the end of its input.
    /// @param endBytes Where the chunk may end at most.
    /// @param endOffset Where it ends.
    error UploadLengthMismatch(uint256 endBytes, uint256 endOffset);
    /// @notice The bytes do not have the root that the upload is named by.
    error InputRootMismatch(bytes32 expected, bytes32 actual);

    /// @notice Adds the next chunk of an input, any but the last, which `requestUploaded` takes.
    /// @param _inputRoot Root of the whole input.
    /// @param _offset Where the chunk stands in the posted bytes; 0 begins the upload anew.
    /// @param _chunk 128·2^k bytes at a multiple of them, at most 64 KiB; the end of an input may be shorter.
    function appendInput(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) external;

    /// @notice How far an upload is. Both 0: there is none.
    /// @return totalBytes_ Bytes that it has in the end, the length word of a machine program's slot included.
    /// @return offset_ Bytes that have arrived: the offset of the next chunk.
    function uploadOf(address _uploader, bytes32 _modelId, bytes32 _inputRoot)
        external
        view
        returns (uint256 totalBytes_, uint256 offset_);
}
