// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState, ClaimWord} from "../libraries/Claim.sol";
import {Clock} from "../libraries/Clock.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {Game, GameState} from "../libraries/Game.sol";
import {Match, MatchState} from "../libraries/Match.sol";
import {TournamentMatches} from "./TournamentMatches.sol";

/// @title How tournaments open, how claims join and change hands
/// @notice spec/06-dispute.md §3 and the opening half of §5.
abstract contract TournamentJoins is TournamentMatches {
    /// @dev Loads a tournament whose window is open.
    function loadJoinable(bytes32 _tournamentId) internal view returns (GameState memory game_) {
        game_ = loadGame(_tournamentId);
        checkWindow(game_);
    }

    function checkWindow(GameState memory _game) internal view {
        if (block.timestamp >= _game.windowEnd) revert WindowClosed(uint40(_game.windowEnd), block.timestamp);
    }

    /// @dev Starts a tournament's window and names its starting clock.
    function openWindow(GameState memory _game, uint256 _window, uint256 _initialClock) internal view {
        _game.windowStart = block.timestamp;
        _game.windowEnd = block.timestamp + _window;
        _game.initialClock = _initialClock;
    }

    /// @dev Adds a claim, pairs it, refunds its sender. Stores the tournament.
    /// @param _tokens Of the call beside the join's own.
    /// @param _budgetGas Budget without a match; with one it is at least JOIN_PROVEN_GAS.
    function join(
        bytes32 _tournamentId,
        GameState memory _game,
        bytes32 _outcome,
        address _owner,
        JoinData calldata _join,
        uint256 _tokens,
        uint256 _gasStart,
        uint256 _tailGas,
        uint256 _budgetGas
    ) internal {
        bytes32 claimId = Commitment.claimId(_tournamentId, _join.root, _outcome);
        if (ClaimWord.unwrap(_claims[claimId]) != 0) revert ClaimAlreadyUsed(claimId);
        checkTree(_game, _join);
        ClaimState memory claim;
        claim.owner = _owner;
        claim.bondGwei = takeBond(_game);
        claim.clock = Clock.atJoin(_game.initialClock, _game.windowStart, block.timestamp);
        claim.ownedSince = block.timestamp;
        if (++_game.numClaims > Game.MAX_CLAIMS) revert TooManyClaims(_tournamentId);
        emit Joined(_tournamentId, claimId, _owner, _join.root, _outcome, _join.opened);
        bool paired = release(_tournamentId, _game, claimId, claim);
        if (paired && _budgetGas < Bond.JOIN_PROVEN_GAS) _budgetGas = Bond.JOIN_PROVEN_GAS;
        uint256 paid;
        uint256 refund = refundOf(_owner, _tokens + Bond.joinTokens(_join), _gasStart, FIRST_WRITE_GAS + PACK_GAS + _tailGas, _budgetGas);
        (claim.bondGwei, paid) = Bond.take(claim.bondGwei, refund);
        _claims[claimId] = Claim.pack(claim);
        storeGame(_tournamentId, _game);
        pay(_owner, paid);
    }

    /// @dev Opens the tournament below a match that stands at a leaf, whose clocks stand still from now on. `_inner` has its kind
    /// and height.
    function openInner(
        OpenMatch memory _open,
        bytes32 _modelId,
        GameState memory _inner,
        bytes32 _prev,
        bytes32 _leafA,
        bytes32 _leafB
    ) internal {
        MatchState memory state = _open.state;
        state.clockA = Clock.charged(state.clockA, state.since, block.timestamp);
        state.clockB = Clock.charged(state.clockB, state.since, block.timestamp);
        (state.since, state.phase) = (block.timestamp, Match.INNER_OPEN);
        bytes32 tournamentId = Commitment.innerTournamentId(_open.matchId, _modelId, _prev);
        uint256 clock = Clock.ofInner(state.clockA, state.clockB, ALLOWANCE);
        openWindow(_inner, clock, clock);
        storeGame(tournamentId, _inner);
        emitOpened(tournamentId, _modelId, _open.matchId, _inner, _prev);
        emit InnerOpened(_open.matchId, tournamentId, _prev, _leafA, _leafB);
    }

    function emitOpened(
        bytes32 _tournamentId,
        bytes32 _modelId,
        bytes32 _parentMatch,
        GameState memory _game,
        bytes32 _prevState
    ) internal {
        emit TournamentOpened(
            _tournamentId,
            _modelId,
            _parentMatch,
            uint8(_game.kind),
            uint8(_game.height),
            _prevState,
            uint40(_game.windowEnd),
            uint32(_game.initialClock)
        );
    }

    /// @dev Time of the sender's commitment to a root.
    function committedAt(bytes32 _tournamentId, bytes32 _root, bytes32 _salt) internal view returns (uint256 time_) {
        bytes32 commitment = keccak256(abi.encode(_tournamentId, _root, msg.sender, _salt));
        time_ = _commitments[commitment];
        if (time_ == 0) revert UnknownCommitment(commitment);
    }
}
