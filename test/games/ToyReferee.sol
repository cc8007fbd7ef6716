// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The toy machine and toy programs of vectors/games, in the place of `Referee`
contract ToyReferee {
    error NotProven();

    struct Section {
        uint256 nodes;
        uint256 steps;
        /// 0: none.
        uint256 haltNodePlus1;
    }

    struct Place {
        uint256 position;
        uint256 node;
        uint256 blockIndex;
    }

    /// A section with its place in the run.
    struct Range {
        bool exists;
        uint256 first;
        uint256 nodes;
        uint256 haltNodePlus1;
        /// Last node of the section before, at its last position; `hasBefore` false in the first section.
        bool hasBefore;
        uint256 nodeBefore;
    }

    uint8 private constant COARSE = 0;
    uint8 private constant FINE = 1;
    uint8 private constant GRAPH = 2;

    uint8 private immutable COARSE_HEIGHT;
    uint8 private immutable FINE_HEIGHT;
    uint8 private immutable STEP_HEIGHT;
    uint8 private immutable NODE_HEIGHT;
    uint8 private immutable BLOCK_HEIGHT;
    uint16 private immutable WORDS;
    Section[] private _sections;

    /// @param _heights coarse, fine, step, node, block.
    /// @param _list None: a machine program.
    constructor(uint8[5] memory _heights, uint16 _words, Section[] memory _list) {
        COARSE_HEIGHT = _heights[0];
        FINE_HEIGHT = _heights[1];
        STEP_HEIGHT = _heights[2];
        NODE_HEIGHT = _heights[3];
        BLOCK_HEIGHT = _heights[4];
        WORDS = _words;
        for (uint256 i = 0; i < _list.length; ++i) {
            _sections.push(_list[i]);
        }
    }

    function rootLevel(bytes32) external view returns (uint8, uint8, uint16, uint8, uint8) {
        return isProgram()
            ? (GRAPH, traceHeight(), WORDS, COARSE_HEIGHT, FINE_HEIGHT)
            : (COARSE, COARSE_HEIGHT, 0, COARSE_HEIGHT, FINE_HEIGHT);
    }

    function level(bytes32, uint8 _kind) external view returns (uint8, uint16) {
        if (_kind == GRAPH) return (traceHeight(), WORDS);
        return (_kind == FINE ? FINE_HEIGHT : COARSE_HEIGHT, 0);
    }

    function initialStateHash(bytes32, bytes32 _inputRoot, bytes32[] calldata _siblings)
        external
        pure
        returns (bytes32)
    {
        if (_siblings.length != 1 || _siblings[0] != _inputRoot) revert NotProven();
        return keccak256(abi.encode(_inputRoot));
    }

    function resultOf(bytes32, bytes32 _traceRoot, bytes32 _lastLeaf, bytes calldata _evidence)
        external
        view
        returns (bytes32)
    {
        if (!isProgram()) return shown(_lastLeaf, _evidence);
        if (_lastLeaf != 0) revert NotProven();
        uint256 position;
        for (uint256 i = 0; i < _sections.length; ++i) {
            position += _sections[i].steps;
        }
        Place memory place = Place(position - 1, _sections[_sections.length - 1].nodes - 1, 0);
        (bytes32 output, uint256 end) = takeOutput(_traceRoot, place, _evidence, 0);
        if (end != _evidence.length) revert NotProven();
        return keccak256(abi.encode(output));
    }

    function leafOf(bytes32, bytes32 _lastLeaf, bytes calldata _evidence) external pure returns (bytes32) {
        return shown(_lastLeaf, _evidence);
    }

    function step(bytes32, bytes32 _prestate, bytes calldata _witness) external pure returns (bytes32) {
        if (_witness.length != 32 || bytes32(_witness) != _prestate) revert NotProven();
        return keccak256(_witness);
    }

    function judge(bytes32, bytes32 _inputRoot, bytes32 _traceRoot, uint256 _index, bytes calldata _evidence)
        external
        view
        returns (bool isDecided_, bytes32 answer_)
    {
        uint256 end;
        (isDecided_, answer_, end) = judgeLeaf(_inputRoot, _traceRoot, placeOf(_index), _evidence);
        if (end != _evidence.length) revert NotProven();
    }

    function judgeLeaf(bytes32 _inputRoot, bytes32 _traceRoot, Place memory _place, bytes calldata _evidence)
        private
        view
        returns (bool, bytes32, uint256 end_)
    {
        Range memory range = rangeAt(_place.position);
        if (!range.exists || _place.node >= range.nodes || _place.blockIndex >= numBlocks(_place.node)) {
            return (true, keccak256(new bytes(128)), 0);
        }
        bool isFirst = _place.position == range.first;
        if (range.haltNodePlus1 > 0 && !isFirst) {
            bytes32 leaf;
            Place memory before = Place(_place.position - 1, range.haltNodePlus1 - 1, 0);
            (leaf, end_) = takeLeaf(_traceRoot, before, _evidence, end_);
            if (uint8(leaf[0]) < 64) {
                before = Place(_place.position - 1, _place.node, _place.blockIndex);
                (leaf, end_) = takeLeaf(_traceRoot, before, _evidence, end_);
                return (true, leaf, end_);
            }
        }
        bytes32 a = _inputRoot;
        bytes32 b;
        if (_place.node > 0) {
            (a, end_) = takeOutput(_traceRoot, Place(_place.position, _place.node - 1, 0), _evidence, end_);
        } else if (!isFirst) {
            (a, end_) = takeOutput(_traceRoot, Place(_place.position - 1, range.nodes - 1, 0), _evidence, end_);
        } else if (range.hasBefore) {
            (a, end_) = takeOutput(_traceRoot, Place(_place.position - 1, range.nodeBefore, 0), _evidence, end_);
        }
        if (!isFirst) {
            (b, end_) = takeOutput(_traceRoot, Place(_place.position - 1, _place.node, 0), _evidence, end_);
        }
        return (false, keccak256(abi.encode(_inputRoot, a, b, _place.position, _place.blockIndex)), end_);
    }

    function rangeAt(uint256 _position) private view returns (Range memory range_) {
        uint256 next;
        for (uint256 i = 0; i < _sections.length; ++i) {
            Section memory section = _sections[i];
            (range_.first, range_.nodes, range_.haltNodePlus1) = (next, section.nodes, section.haltNodePlus1);
            next += section.steps;
            if (_position < next) {
                range_.exists = true;
                return range_;
            }
            (range_.hasBefore, range_.nodeBefore) = (true, section.nodes - 1);
        }
    }

    function numBlocks(uint256 _node) private view returns (uint256) {
        return 1 + (5 * _node + 2) % (1 << BLOCK_HEIGHT);
    }

    function isProgram() private view returns (bool) {
        return _sections.length > 0;
    }

    function traceHeight() private view returns (uint8) {
        return STEP_HEIGHT + NODE_HEIGHT + BLOCK_HEIGHT;
    }

    function placeOf(uint256 _index) private view returns (Place memory) {
        uint256 output = _index >> BLOCK_HEIGHT;
        uint256 mask = (1 << NODE_HEIGHT) - 1;
        return Place(output >> NODE_HEIGHT, output & mask, _index & ((1 << BLOCK_HEIGHT) - 1));
    }

    function takeLeaf(bytes32 _traceRoot, Place memory _place, bytes calldata _evidence, uint256 _at)
        private
        view
        returns (bytes32, uint256)
    {
        uint256 index = (_place.position << NODE_HEIGHT | _place.node) << BLOCK_HEIGHT | _place.blockIndex;
        return takeNode(_traceRoot, index, traceHeight(), _evidence, _at);
    }

    function takeOutput(bytes32 _traceRoot, Place memory _place, bytes calldata _evidence, uint256 _at)
        private
        view
        returns (bytes32, uint256)
    {
        uint256 index = _place.position << NODE_HEIGHT | _place.node;
        return takeNode(_traceRoot, index, STEP_HEIGHT + NODE_HEIGHT, _evidence, _at);
    }

    /// @dev A word of the evidence and its siblings: word `_index` of a tree of `_height`.
    function takeNode(bytes32 _root, uint256 _index, uint256 _height, bytes calldata _evidence, uint256 _at)
        private
        pure
        returns (bytes32 word_, uint256 end_)
    {
        end_ = _at + 32 * (1 + _height);
        if (end_ > _evidence.length) revert NotProven();
        word_ = bytes32(_evidence[_at:_at + 32]);
        bytes32 node = word_;
        for (uint256 i = 0; i < _height; ++i) {
            bytes32 sibling = bytes32(_evidence[_at + 32 * (i + 1):_at + 32 * (i + 2)]);
            node = (_index >> i) & 1 == 1 ? keccak256(abi.encode(sibling, node)) : keccak256(abi.encode(node, sibling));
        }
        if (node != _root) revert NotProven();
    }

    /// @dev What a final state stands for: its first half.
    function shown(bytes32 _lastLeaf, bytes calldata _evidence) private pure returns (bytes32) {
        if (_evidence.length != 32 || bytes32(_evidence) != _lastLeaf) revert NotProven();
        return bytes32(bytes16(_lastLeaf));
    }
}
