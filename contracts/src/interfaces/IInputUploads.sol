// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Inputs that are posted in chunks
/// @notice spec/03-commitments.md §7. An upload is named by its sender, its model and the slot root of the whole input, so
/// a chunk can never end up in another input. Chunks are cut from the encoded slot: length word, then the bytes.
interface IInputUploads {
    /// @notice Bytes of an encoded slot arrived. The chunks of an upload from offset 0 on, joined, are the length word
    /// and the input. A chunk at offset 0 begins the upload anew.
    event InputChunk(address indexed uploader, bytes32 indexed modelId, bytes32 indexed inputRoot, uint256 offset, bytes chunk);

    /// @notice A chunk above the maximum.
    error ChunkTooLarge(uint256 numBytes, uint256 maximum);
    /// @notice The chunk does not fill a subtree (128·2^k bytes at a multiple of them); the last one may be shorter.
    error ChunkMisaligned(uint256 offset, uint256 numBytes);
    /// @notice The chunk does not follow what has arrived. An upload that is unknown, or complete, expects offset 0.
    error ChunkOutOfOrder(uint256 expectedOffset, uint256 actualOffset);
    /// @notice The chunk ends elsewhere than the length word allows: only the last one ends at the end, and none behind it.
    /// @param slotBytes Length word and bytes: where the last chunk has to end.
    /// @param endOffset Where this chunk ends.
    error UploadLengthMismatch(uint256 slotBytes, uint256 endOffset);
    /// @notice The bytes do not have the root that the upload is named by.
    error InputRootMismatch(bytes32 expected, bytes32 actual);

    /// @notice Adds the next chunk of an input, any but the last, which `requestUploaded` takes.
    /// @param _inputRoot Slot root of the whole input.
    /// @param _offset Where the chunk stands in the encoded slot; 0 begins the upload anew.
    /// @param _chunk 128·2^k bytes at a multiple of them, at most 64 KiB.
    function appendInput(bytes32 _modelId, bytes32 _inputRoot, uint256 _offset, bytes calldata _chunk) external;

    /// @notice How far an upload is. Both 0: there is none.
    /// @return slotBytes_ Bytes that it has in the end, length word included.
    /// @return offset_ Bytes that have arrived: the offset of the next chunk.
    function uploadOf(address _uploader, bytes32 _modelId, bytes32 _inputRoot)
        external
        view
        returns (uint256 slotBytes_, uint256 offset_);
}
