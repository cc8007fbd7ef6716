// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../../src/interfaces/ITournament.sol";
import {GraphGame} from "../GraphGame.sol";

/// @notice Audit: phase hand-over accepted from anyone, with any state. Every field of every call that hands a dispute from one
/// tournament to the next is changed, one test a field, and refused; the unchanged call is taken. Here is what such calls begin with: the
/// five words of a match's key, or the three of an inner tournament's origin, and two leaves; each call has a file of its own for the rest.
abstract contract HandOverTest is GraphGame {
    /// @dev The match in the graph, below it the one about a block, below that the one about instructions; as far as a test has come.
    bytes32 internal _graphMatch;
    bytes32 internal _blockMatch;
    bytes32 internal _fineMatch;

    /// @dev The match that the call is about.
    function subject() internal view virtual returns (bytes32 matchId_);

    /// @dev The call with everything else as it is right.
    function callAbout(bytes32 _leafA, bytes32 _leafB) internal view virtual returns (bytes memory call_);

    /// @dev Money that goes along.
    function valueWei() internal view virtual returns (uint256) {
        return 0;
    }

    function setUpHandOver() internal {
        setUpGraph(2);
        _graphMatch = graphMatch();
    }

    function toBlock() internal {
        _blockMatch = matchBelow(_graphMatch);
    }

    function toFine() internal {
        toBlock();
        _fineMatch = matchBelow(_blockMatch);
    }

    function taken(bytes memory _call) internal {
        uint256 value = valueWei();
        vm.prank(account(HONEST), account(HONEST));
        (bool success,) = address(_game).call{value: value}(_call);
        assertTrue(success, "the right call is taken");
    }

    function refusedCall(bytes4 _error, bytes memory _call) internal {
        refusedFor(_error, valueWei(), _call);
    }

    function changedOrigin(ITournament.Origin memory _origin, uint256 _field)
        internal
        pure
        returns (ITournament.Origin memory)
    {
        (bytes32 parent, bytes32 model, bytes32 prev) = (_origin.parentMatch, _origin.modelId, _origin.prevState);
        if (_field == 0) return ITournament.Origin(other(parent), model, prev);
        if (_field == 1) return ITournament.Origin(parent, other(model), prev);
        return ITournament.Origin(parent, model, other(prev));
    }

    function takenUnchanged() internal {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        taken(callAbout(leafA, leafB));
    }

    function test_audit_handOver_leafA() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        refusedCall(ITournament.LeavesMismatch.selector, callAbout(other(leafA), leafB));
        takenUnchanged();
    }

    function test_audit_handOver_leafB() external {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        refusedCall(ITournament.LeavesMismatch.selector, callAbout(leafA, other(leafB)));
        refusedCall(ITournament.LeavesMismatch.selector, callAbout(leafB, leafA));
        takenUnchanged();
    }
}

/// @notice Calls that name a match.
abstract contract MatchHandOverTest is HandOverTest {
    /// @dev The call with everything else as it is right.
    function callWith(ITournament.MatchKey memory _key, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        virtual
        returns (bytes memory call_);

    function callAbout(bytes32 _leafA, bytes32 _leafB) internal view override returns (bytes memory) {
        return callWith(keyOf(subject()), _leafA, _leafB);
    }

    /// @dev What refuses a changed word of the key; the first names the tournament.
    function keyError(uint256 _word) internal view virtual returns (bytes4) {
        return _word == 0 ? ITournament.UnknownTournament.selector : ITournament.UnknownMatch.selector;
    }

    function refusesWord(uint256 _word) internal {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        refusedCall(keyError(_word), callWith(changed(keyOf(subject()), _word), leafA, leafB));
        takenUnchanged();
    }

    function test_audit_handOver_tournamentId() external {
        refusesWord(0);
    }

    function test_audit_handOver_rootA() external {
        refusesWord(1);
    }

    function test_audit_handOver_outcomeA() external {
        refusesWord(2);
    }

    function test_audit_handOver_rootB() external {
        refusesWord(3);
    }

    function test_audit_handOver_outcomeB() external {
        refusesWord(4);
    }
}

/// @notice Calls that name the tournament below a match by what it is about.
abstract contract OriginHandOverTest is HandOverTest {
    /// @dev The call with everything else as it is right.
    function callWith(ITournament.Origin memory _origin, bytes32 _leafA, bytes32 _leafB)
        internal
        view
        virtual
        returns (bytes memory call_);

    function callAbout(bytes32 _leafA, bytes32 _leafB) internal view override returns (bytes memory) {
        return callWith(originBelow(subject()), _leafA, _leafB);
    }

    function refusesField(uint256 _field) private {
        (bytes32 leafA, bytes32 leafB) = leavesOf(subject());
        ITournament.Origin memory origin = changedOrigin(originBelow(subject()), _field);
        refusedCall(ITournament.UnknownTournament.selector, callWith(origin, leafA, leafB));
        takenUnchanged();
    }

    function test_audit_handOver_parentMatch() external {
        refusesField(0);
    }

    function test_audit_handOver_modelId() external {
        refusesField(1);
    }

    function test_audit_handOver_prevState() external {
        refusesField(2);
    }
}
