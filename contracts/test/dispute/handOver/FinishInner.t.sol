// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {MatchHandOverTest} from "./HandOver.t.sol";

/// @notice Back up: what the tournament below a match decided.
abstract contract FinishInnerTest is MatchHandOverTest {
    ITournament.ClaimKey private _winner;

    /// @dev Instructions have decided, and the window below the subject is closed.
    function setUpFinish() internal {
        setUpHandOver();
        toFine();
        seal(_fineMatch);
        closeWindow(innerOf(_blockMatch));
    }

    function setUpWinner() internal {
        _winner = survivorKey(innerOf(subject()));
    }

    function keyError(uint256) internal pure override returns (bytes4) {
        return ITournament.UnknownMatch.selector;
    }

    function callWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        override
        returns (bytes memory)
    {
        return callFinishInner(_key, _leafA, _leafB, subject(), _winner);
    }

    function refusedWinner(bytes32 _root, bytes32 _outcome) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        ITournament.ClaimKey memory wrong = ITournament.ClaimKey(_root, _outcome);
        ITournament.MatchKey memory key = keyOf(subject());
        refusedCall(ITournament.WrongWinner.selector, callFinishInner(key, leafA, leafB, subject(), wrong));
    }

    /// @dev The model and the state before the first instruction name the tournament with the match.
    function test_audit_handOver_finishInner_origin() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        ITournament.MatchKey memory key = keyOf(subject());
        ITournament.Origin memory right = originBelow(subject());
        for (uint256 field = 1; field < 3; ++field) {
            ITournament.Origin memory origin = changedOrigin(right, field);
            refusedCall(
                ITournament.UnknownTournament.selector,
                abi.encodeCall(
                    ITournament.finishInner, (key, leafA, leafB, origin.modelId, origin.prevState, _winner)
                )
            );
        }
        takenUnchanged();
    }

    function test_audit_handOver_finishInner_winnerRoot() external {
        refusedWinner(other(_winner.root), _winner.outcome);
        refusedWinner(0, 0);
    }

    /// @dev The same root for the other side.
    function test_audit_handOver_finishInner_winnerOutcome() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        refusedWinner(_winner.root, _winner.outcome == leafA ? leafB : leafA);
    }
}

/// @notice From single instructions to a block.
contract Tournament_HandOverFinishFine_Test is FinishInnerTest {
    function setUp() external {
        setUpFinish();
        setUpWinner();
    }

    function subject() internal view override returns (bytes32) {
        return _blockMatch;
    }
}

/// @notice From a block to the graph.
contract Tournament_HandOverFinishBlock_Test is FinishInnerTest {
    function setUp() external {
        setUpFinish();
        finishInner(_blockMatch);
        closeWindow(innerOf(_graphMatch));
        setUpWinner();
    }

    function subject() internal view override returns (bytes32) {
        return _graphMatch;
    }
}
