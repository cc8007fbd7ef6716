// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState} from "../libraries/Claim.sol";
import {Clock} from "../libraries/Clock.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {GameState} from "../libraries/Game.sol";
import {Match, MatchState} from "../libraries/Match.sol";
import {MerkleMemory} from "../libraries/MerkleMemory.sol";
import {TournamentMatches} from "./TournamentMatches.sol";

/// @title When matches and tournaments may end, and who gets what
/// @notice spec/06-dispute.md §5 to §8.
abstract contract TournamentEnds is TournamentMatches {
    /// @dev What `finishRoot` computes after its refund; and the event of a credit.
    uint256 private constant LEAVE_GAS = 2_500;
    uint256 private constant CREDIT_EVENT_GAS = 1_200;

    /// @dev Loads a match that stands at a leaf, both sides in time, and its tournament.
    function loadSealable(MatchKey calldata _key, bytes32 _leafA, bytes32 _leafB)
        internal
        returns (GameState memory game_, OpenMatch memory open_)
    {
        game_ = loadGame(_key.tournamentId);
        open_ = loadMatch(_key);
        MatchState memory state = open_.state;
        if (state.phase != Match.SEALABLE) revert WrongPhase(open_.matchId, uint8(state.phase));
        (bool isOutA, bool isOutB) = expiredSides(open_.matchId, state);
        if (isOutA || isOutB) revert ClockExpired(open_.matchId);
        checkSealedLeaves(_key, open_.matchId, _leafA, _leafB);
    }

    /// @dev As `checkLeaves`. A tree of height 0 has no move: its leaves are the claims' roots, and the seal stores the pair.
    function checkSealedLeaves(MatchKey calldata _key, bytes32 _matchId, bytes32 _leafA, bytes32 _leafB) private {
        if (_matches[_matchId].pairHash == 0) {
            _matches[_matchId].pairHash = MerkleMemory.hashPair(_key.a.root, _key.b.root);
        }
        checkLeaves(_matchId, _leafA, _leafB);
    }

    /// @dev Ends a sealed match: `_truth` is what is true at its leaf.
    function decide(
        MatchKey calldata _match,
        OpenMatch memory _open,
        GameState memory _game,
        bytes32 _leafA,
        bytes32 _leafB,
        bytes32 _truth,
        MatchEnd _reason
    ) internal view returns (Ending memory ending_) {
        MatchState memory state = _open.state;
        ending_ = beginEnding(_match, _open, _game, _reason);
        // INVARIANT: the leaves differ, so at most one of them is the truth.
        if (_leafA == _truth) (ending_.winner, ending_.clock) = (SIDE_A, state.clockA);
        else if (_leafB == _truth) (ending_.winner, ending_.clock) = (SIDE_B, state.clockB);
        if (ending_.winner != NOBODY) ending_.clock = Clock.charged(ending_.clock, state.since, block.timestamp);
    }

    /// @dev Which sides have run out of time. Reverts in phases where no clock runs.
    function expiredSides(bytes32 _matchId, MatchState memory _state)
        internal
        view
        returns (bool isOutA_, bool isOutB_)
    {
        uint256 phase = _state.phase;
        if (phase == Match.NONE || phase > Match.SEALABLE) revert WrongPhase(_matchId, uint8(phase));
        isOutA_ = phase != Match.B_TO_MOVE && Clock.isExpired(_state.clockA, _state.since, block.timestamp);
        isOutB_ = phase != Match.A_TO_MOVE && Clock.isExpired(_state.clockB, _state.since, block.timestamp);
    }

    /// @dev Loads a tournament whose window is closed and in which no match is open.
    function loadFinishable(bytes32 _tournamentId) internal view returns (GameState memory game_) {
        game_ = loadGame(_tournamentId);
        if (block.timestamp < game_.windowEnd || game_.openMatches != 0) {
            revert NotFinishable(uint40(game_.windowEnd), block.timestamp, game_.openMatches);
        }
    }

    /// @dev The survivor's id, checked against the key in the call; zero if there is none (the key must be zero then).
    function survivor(bytes32 _tournamentId, GameState memory _game, ClaimKey calldata _key)
        internal
        view
        returns (bytes32 claimId_)
    {
        if (_game.waiting) claimId_ = _games[_tournamentId].freeClaim;
        bytes32 actual = _key.root == 0 && _key.outcome == 0
            ? bytes32(0)
            : Commitment.claimId(_tournamentId, _key.root, _key.outcome);
        if (actual != claimId_) revert WrongWinner(claimId_, actual);
    }

    /// @dev An inner survivor gets one full bond: its own, topped up from the inner pot, then from the losing parent
    /// claim; at once or, if its owner has code, as a credit. Its clock goes to the parent claim that it supports.
    function payInnerSurvivor(Ending memory _ending, GameState memory _inner, bytes32 _claimId) internal {
        ClaimState memory claim = Claim.unpack(_claims[_claimId]);
        _ending.clock = Clock.capped(claim.clock, _ending.game.initialClock, ALLOWANCE);
        uint256 full = fullBond(_inner);
        uint256 amount = claim.bondGwei;
        uint256 taken;
        (_ending.innerPotGwei, taken) = Bond.take(_ending.innerPotGwei, full - amount);
        amount += taken;
        ClaimState memory loser = _ending.winner == SIDE_A ? _ending.b : _ending.a;
        (loser.bondGwei, taken) = Bond.take(loser.bondGwei, full - amount);
        amount += taken;
        (claim.status, claim.bondGwei) = (ClaimStatus.Won, 0);
        _claims[_claimId] = Claim.pack(claim);
        if (isPlain(claim.owner)) (_ending.survivor, _ending.survivorGwei) = (claim.owner, amount);
        else credit(claim.owner, amount);
    }

    /// @dev A root survivor gets its bond and the pot, less the refund. What is missing to a full bond stays in the
    /// tournament's word for the market to read.
    function payRootSurvivor(bytes32 _tournamentId, GameState memory _game, bytes32 _claimId, uint256 _gasStart)
        internal
    {
        ClaimState memory claim = Claim.unpack(_claims[_claimId]);
        bool atOnce = isPlain(claim.owner);
        uint256 tailGas = 2 * REWRITE_GAS + LEAVE_GAS;
        if (atOnce) tailGas += payOutGas(claim.owner);
        else tailGas += (_credits[claim.owner] == 0 ? FIRST_WRITE_GAS : REWRITE_GAS) + CREDIT_EVENT_GAS;
        uint256 refund = refundOf(msg.sender, Bond.FINISH_ROOT_TOKENS, _gasStart, tailGas, Bond.END_GAS);
        (uint256 total, uint256 paid) = Bond.take(claim.bondGwei + _game.potGwei, refund);
        uint256 full = fullBond(_game);
        _game.potGwei = total < full ? full - total : 0;
        (claim.status, claim.bondGwei) = (ClaimStatus.Won, 0);
        _claims[_claimId] = Claim.pack(claim);
        storeGame(_tournamentId, _game);
        if (atOnce) {
            payOut(claim.owner, total, paid);
        } else {
            credit(claim.owner, total);
            pay(msg.sender, paid);
        }
    }
}
