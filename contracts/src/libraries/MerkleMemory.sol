// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Merkle trees over 128-byte blocks
/// @notice Roots, proofs, subtree replacement, openings and slot roots of spec/03-commitments §1 and §2.
/// @dev A function that takes siblings derives the tree's height from their number: callers that know the height check
/// the number first (`checkProofLength`), so that every proof has one exact length.
/// Hashing is assembly: plain Solidity spends about 250 gas on a 64-byte hash, these loops about 110, and a step
/// hashes 57 of them.
library MerkleMemory {
    /// @notice Bytes of a block.
    uint256 internal constant BLOCK_BYTES = 128;
    /// @notice Height of the tree over the 2^32 bytes of machine memory.
    uint256 internal constant MEMORY_HEIGHT = 25;
    /// @notice Greatest height of a slot (1 GiB).
    uint256 internal constant MAX_SLOT_HEIGHT = 23;
    /// @notice Z_0, the hash of 128 zero bytes.
    bytes32 internal constant ZERO_BLOCK_HASH = 0x012893657d8eb2efad4de0a91bcd0e39ad9837745dec3ea923737ea803fc8e3d;

    /// @notice A proof has another number of siblings than the height of its tree asks for.
    error ProofLengthMismatch(uint256 expected, uint256 actual);

    /// @notice A node does not exist: its tree has 2^height nodes of that height.
    error PositionOutOfRange(uint256 position, uint256 height);

    /// @notice A proof leads to another root than the one that was committed.
    error RootMismatch(bytes32 expected, bytes32 actual);

    /// @notice An opening lists a number of nodes that is no power of two.
    error OpeningSizeInvalid(uint256 numNodes);

    /// @notice A byte string does not fit into its slot beside the length word.
    error SlotOverflow(uint256 numBytes, uint256 capacityBytes);

    /// @notice A slot height above MAX_SLOT_HEIGHT.
    error SlotHeightInvalid(uint256 height);

    /// @notice Hash of two children, `keccak256(left ‖ right)`.
    function hashPair(bytes32 _left, bytes32 _right) internal pure returns (bytes32 node_) {
        assembly ("memory-safe") {
            mstore(0x00, _left)
            mstore(0x20, _right)
            node_ := keccak256(0x00, 0x40)
        }
    }

    /// @notice Z_height, the root of 2^height zero blocks.
    function zeroHash(uint256 _height) internal pure returns (bytes32 root_) {
        root_ = ZERO_BLOCK_HASH;
        assembly ("memory-safe") {
            for {} _height { _height := sub(_height, 1) } {
                mstore(0x00, root_)
                mstore(0x20, root_)
                root_ := keccak256(0x00, 0x40)
            }
        }
    }

    /// @notice Root of a tree from one node, its position among the nodes of its height, and its siblings, bottom up.
    /// @dev Bits of `_position` past the number of siblings are ignored: the caller bounds the position.
    function rootFrom(bytes32 _node, uint256 _position, bytes32[] calldata _siblings)
        internal
        pure
        returns (bytes32 root_)
    {
        root_ = _node;
        assembly ("memory-safe") {
            let end := add(_siblings.offset, shl(5, _siblings.length))
            for { let sibling := _siblings.offset } lt(sibling, end) { sibling := add(sibling, 0x20) } {
                // The running node goes left when the position's low bit is 0, right when it is 1.
                let side := shl(5, and(_position, 1))
                mstore(side, root_)
                mstore(xor(side, 0x20), calldataload(sibling))
                root_ := keccak256(0x00, 0x40)
                _position := shr(1, _position)
            }
        }
    }

    /// @notice Reverts unless `_node` stands at `_position` under `_root`, `_height` levels below it.
    function checkProof(
        bytes32 _root,
        bytes32 _node,
        uint256 _position,
        uint256 _height,
        bytes32[] calldata _siblings
    ) internal pure {
        checkProofLength(_height, _siblings);
        checkPosition(_position, _height);
        bytes32 actual = rootFrom(_node, _position, _siblings);
        if (actual != _root) revert RootMismatch(_root, actual);
    }

    /// @notice Replaces one subtree: `_oldNode` is proven under `_root`, and the result is the root of the same tree
    /// with `_newNode` in its place.
    function replace(
        bytes32 _root,
        bytes32 _oldNode,
        bytes32 _newNode,
        uint256 _position,
        uint256 _height,
        bytes32[] calldata _siblings
    ) internal pure returns (bytes32 newRoot_) {
        checkProofLength(_height, _siblings);
        checkPosition(_position, _height);
        bytes32 oldRoot;
        (oldRoot, newRoot_) = rootsFrom(_oldNode, _newNode, _position, _siblings);
        if (oldRoot != _root) revert RootMismatch(_root, oldRoot);
    }

    /// @notice Roots of two trees that differ only below one node: both hashed along the same siblings.
    function rootsFrom(bytes32 _oldNode, bytes32 _newNode, uint256 _position, bytes32[] calldata _siblings)
        internal
        pure
        returns (bytes32 oldRoot_, bytes32 newRoot_)
    {
        (oldRoot_, newRoot_) = (_oldNode, _newNode);
        assembly ("memory-safe") {
            let end := add(_siblings.offset, shl(5, _siblings.length))
            for { let sibling := _siblings.offset } lt(sibling, end) { sibling := add(sibling, 0x20) } {
                let side := shl(5, and(_position, 1))
                mstore(xor(side, 0x20), calldataload(sibling))
                mstore(side, oldRoot_)
                oldRoot_ := keccak256(0x00, 0x40)
                mstore(side, newRoot_)
                newRoot_ := keccak256(0x00, 0x40)
                _position := shr(1, _position)
            }
        }
    }

    /// @notice Lifts the root of a tree of height `_from` to height `_to`: zero blocks follow it.
    function lift(bytes32 _root, uint256 _from, uint256 _to) internal pure returns (bytes32 root_) {
        root_ = _root;
        bytes32 zero = zeroHash(_from);
        assembly ("memory-safe") {
            for {} lt(_from, _to) { _from := add(_from, 1) } {
                mstore(0x00, root_)
                mstore(0x20, zero)
                root_ := keccak256(0x00, 0x40)
                mstore(0x00, zero)
                zero := keccak256(0x00, 0x40)
            }
        }
    }

    /// @notice Height of the smallest tree with so many leaves, at least one.
    function heightOver(uint256 _numLeaves) internal pure returns (uint256 height_) {
        while ((uint256(1) << height_) < _numLeaves) ++height_;
    }

    /// @notice Root of the tree over some nodes of height `_height`, at least one, with zero blocks in the place of those missing.
    function rootOver(bytes32[] memory _nodes, uint256 _height) internal pure returns (bytes32 root_) {
        uint256 count = _nodes.length;
        bytes32 zero = zeroHash(_height);
        // The caller's list stays as it is.
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) nodes[i] = _nodes[i];
        for (; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count; i += 2) {
                nodes[i / 2] = hashPair(nodes[i], i + 1 < count ? nodes[i + 1] : zero);
            }
            zero = hashPair(zero, zero);
        }
        root_ = nodes[0];
    }

    /// @notice Root of the 2^d nodes of one height, listed from the left (an opening).
    function rootOfDescendants(bytes32[] calldata _nodes) internal pure returns (bytes32 root_) {
        uint256 numNodes = _nodes.length;
        if (numNodes == 0 || numNodes & (numNodes - 1) != 0) revert OpeningSizeInvalid(numNodes);
        assembly ("memory-safe") {
            // Scratch space behind the free memory pointer; nothing is kept, so the pointer stays.
            let start := mload(0x40)
            calldatacopy(start, _nodes.offset, shl(5, numNodes))
            for {} gt(numNodes, 1) {} {
                numNodes := shr(1, numNodes)
                for { let i := 0 } lt(i, numNodes) { i := add(i, 1) } {
                    mstore(add(start, shl(5, i)), keccak256(add(start, shl(6, i)), 0x40))
                }
            }
            root_ := mload(start)
        }
    }

    /// @notice Root of the slot of `_height` that holds `_content`: length as a 32-bit little-endian word, the bytes,
    /// zeros to the end.
    function slotRoot(bytes calldata _content, uint256 _height) internal pure returns (bytes32 root_) {
        if (_height > MAX_SLOT_HEIGHT) revert SlotHeightInvalid(_height);
        uint256 capacityBytes = (BLOCK_BYTES << _height) - 4;
        uint256 numBytes = _content.length;
        if (numBytes > capacityBytes) revert SlotOverflow(numBytes, capacityBytes);
        // The length word, little-endian, in the four highest bytes of an EVM word.
        root_ = paddedRoot(_content, 4, uint256(byteSwap32(uint32(numBytes))) << 224, _height);
    }

    /// @notice Root of the 2^height blocks that hold `_content` from their start on and zeros after it. The caller sees to
    /// it that it fits.
    function subtreeRoot(bytes calldata _content, uint256 _height) internal pure returns (bytes32 root_) {
        root_ = paddedRoot(_content, 0, 0, _height);
    }

    /// @dev Root of 2^height blocks: the first `_prefixBytes` of the word `_prefix`, then `_content`, then zeros.
    function paddedRoot(bytes calldata _content, uint256 _prefixBytes, uint256 _prefix, uint256 _height)
        private
        pure
        returns (bytes32 root_)
    {
        uint256 numBlocks = (_prefixBytes + _content.length + BLOCK_BYTES - 1) / BLOCK_BYTES;
        if (numBlocks == 0) return zeroHash(_height);
        bytes32 zero = ZERO_BLOCK_HASH;
        assembly ("memory-safe") {
            // Scratch space again: the bytes up to their last block, then their hashes written over what they hash. The
            // zero hash that completes an odd level still lies inside the first blocks, which are four words long.
            let start := mload(0x40)
            calldatacopy(add(start, shl(7, sub(numBlocks, 1))), calldatasize(), 0x80)
            mstore(start, _prefix)
            calldatacopy(add(start, _prefixBytes), _content.offset, _content.length)
            for { let i := 0 } lt(i, numBlocks) { i := add(i, 1) } {
                mstore(add(start, shl(5, i)), keccak256(add(start, shl(7, i)), 0x80))
            }
            let count := numBlocks
            for {} _height { _height := sub(_height, 1) } {
                if and(count, 1) { mstore(add(start, shl(5, count)), zero) }
                count := shr(1, add(count, 1))
                for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                    mstore(add(start, shl(5, i)), keccak256(add(start, shl(6, i)), 0x40))
                }
                mstore(0x00, zero)
                mstore(0x20, zero)
                zero := keccak256(0x00, 0x40)
            }
            root_ := mload(start)
        }
    }

    /// @notice Reverts unless a proof of `_height` levels has that many siblings.
    function checkProofLength(uint256 _height, bytes32[] calldata _siblings) internal pure {
        if (_siblings.length != _height) revert ProofLengthMismatch(_height, _siblings.length);
    }

    /// @notice Reverts unless a tree has a node at `_position`, `_height` levels below its root.
    function checkPosition(uint256 _position, uint256 _height) internal pure {
        if (_position >> _height != 0) revert PositionOutOfRange(_position, _height);
    }

    /// @notice Reverses the four bytes of a word: from little-endian memory to a number and back.
    function byteSwap32(uint32 _word) internal pure returns (uint32 swapped_) {
        swapped_ = (_word >> 24) | ((_word >> 8) & 0xff00) | ((_word & 0xff00) << 8) | (_word << 24);
    }
}
