// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {GameTest} from "./GameTest.sol";

/// @notice A dispute about a tensor program on the toy machine: 8 leaves, 4 states of 4 instructions for each that is computed. The
/// liar is wrong from the third instruction of the second state of leaf 5 on.
abstract contract GraphGame is GameTest {
    uint256 internal constant LEAF = 5;
    uint256 internal constant STATE = 1;
    uint256 internal constant INSTRUCTION = 2;

    uint256 internal _liar;

    function setUpGraph(uint8 _fineHeight) internal {
        setUpGame(3, 2, _fineHeight, defaultParameters());
        uint256 state = (LEAF << 2) + STATE;
        _liar = addPlayer("liar", liesFrom(_fineHeight == 0 ? state : (state << 2) + INSTRUCTION, 1));
    }

    /// @dev Both have joined; the match stands at its leaf.
    function graphMatch() internal returns (bytes32 matchId_) {
        open(_liar);
        join(HONEST);
        matchId_ = lastMatch();
        descend(matchId_);
    }

    /// @dev The match below a sealed one, at its leaf, both sides joined: A of the match above first.
    function matchBelow(bytes32 _above) internal returns (bytes32 matchId_) {
        seal(_above);
        joinInner(_above, _known[_pairs[_above].a].player);
        joinInner(_above, _known[_pairs[_above].b].player);
        matchId_ = lastMatch();
        descend(matchId_);
    }

    /// @dev A call that must be refused, for whatever reason of its own, while the right one would be taken.
    function refusedFor(bytes4 _error, uint256 _valueWei, bytes memory _call) internal {
        refused(_error, account(HONEST), _valueWei, _call);
    }

    /// @dev The key with one of its five words changed.
    function changed(ITournament.MatchKey memory _key, uint256 _field)
        internal
        pure
        returns (ITournament.MatchKey memory key_)
    {
        key_ = ITournament.MatchKey(
            _key.tournamentId,
            ITournament.ClaimKey(_key.a.root, _key.a.outcome),
            ITournament.ClaimKey(_key.b.root, _key.b.outcome)
        );
        if (_field == 0) key_.tournamentId = other(key_.tournamentId);
        if (_field == 1) key_.a.root = other(key_.a.root);
        if (_field == 2) key_.a.outcome = other(key_.a.outcome);
        if (_field == 3) key_.b.root = other(key_.b.root);
        if (_field == 4) key_.b.outcome = other(key_.b.outcome);
    }

    function other(bytes32 _word) internal pure returns (bytes32) {
        return _word ^ bytes32(uint256(1));
    }
}
