// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../interfaces/ITournament.sol";
import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState} from "../libraries/Claim.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {Game, GameState, GameWord} from "../libraries/Game.sol";
import {Kinds} from "../libraries/Kinds.sol";
import {Match, MatchState} from "../libraries/Match.sol";
import {TournamentBase} from "./TournamentBase.sol";

/// @title What the game answers
/// @notice Ids, bonds, and the state of tournaments, claims and matches.
abstract contract TournamentViews is TournamentBase {
    /// @inheritdoc ITournament
    function rootTournamentId(address _market, bytes32 _taskId) external pure returns (bytes32) {
        return Commitment.rootTournamentId(_market, _taskId);
    }

    /// @inheritdoc ITournament
    function innerTournamentId(Origin calldata _origin) external pure returns (bytes32) {
        return Commitment.innerTournamentId(_origin.parentMatch, _origin.modelId, _origin.prevState);
    }

    /// @inheritdoc ITournament
    function claimIdOf(bytes32 _tournamentId, ClaimKey calldata _claim) external pure returns (bytes32) {
        return Commitment.claimId(_tournamentId, _claim.root, _claim.outcome);
    }

    /// @inheritdoc ITournament
    function matchIdOf(MatchKey calldata _match) external pure returns (bytes32) {
        return Commitment.matchIdOf(_match);
    }

    /// @inheritdoc ITournament
    function bondWei(bytes32 _modelId, uint8 _kind) external view returns (uint256) {
        (uint256 height, uint256 words) = REFEREE.level(_modelId, _kind);
        return Bond.bondGwei(_kind, height, words, PRICE_CAP_WEI) * Bond.GWEI;
    }

    /// @inheritdoc ITournament
    function parameters() external view returns (Parameters memory) {
        return Parameters({
            challengeWindow: uint40(CHALLENGE_WINDOW),
            rootWindow: uint40(ROOT_WINDOW),
            initialClock: uint32(INITIAL_CLOCK),
            allowance: uint32(ALLOWANCE),
            priceCapWei: uint128(PRICE_CAP_WEI),
            tipWei: uint128(TIP_WEI)
        });
    }

    /// @inheritdoc ITournament
    function tournament(bytes32 _tournamentId) external view returns (TournamentView memory view_) {
        GameSlots storage slots = _games[_tournamentId];
        if (GameWord.unwrap(slots.word) == 0) return view_;
        GameState memory game = Game.unpack(slots.word);
        view_.kind = uint8(game.kind);
        view_.height = uint8(game.height);
        view_.finished = game.finished;
        view_.windowStart = uint40(game.windowStart);
        view_.windowEnd = uint40(game.windowEnd);
        view_.initialClock = uint32(game.initialClock);
        view_.openMatches = uint32(game.openMatches);
        view_.numClaims = uint32(game.numClaims);
        view_.freeClaim = game.waiting ? slots.freeClaim : bytes32(0);
        view_.potWei = game.finished && game.waiting ? 0 : game.potGwei * Bond.GWEI;
    }

    /// @inheritdoc ITournament
    function claim(bytes32 _claimId) external view returns (ClaimView memory view_) {
        ClaimState memory state = Claim.unpack(_claims[_claimId]);
        view_.owner = state.owner;
        view_.status = state.status;
        view_.clock = uint32(state.clock);
        view_.ownedSince = uint40(state.ownedSince);
        view_.bondWei = state.bondGwei * Bond.GWEI;
    }

    /// @inheritdoc ITournament
    function matchOf(bytes32 _matchId) external view returns (MatchView memory view_) {
        MatchState memory state = Match.unpack(_matches[_matchId].word);
        view_.pairHash = _matches[_matchId].pairHash;
        view_.index = uint64(state.index);
        view_.height = uint8(state.height);
        view_.phase = uint8(state.phase);
        view_.since = uint40(state.since);
        view_.clockA = uint32(state.clockA);
        view_.clockB = uint32(state.clockB);
        view_.spentAWei = state.spentA * Bond.GWEI;
        view_.spentBWei = state.spentB * Bond.GWEI;
    }

    /// @inheritdoc ITournament
    function outcomeOf(bytes32 _tournamentId) external view returns (Outcome memory outcome_) {
        GameSlots storage slots = _games[_tournamentId];
        GameState memory game = Game.unpack(slots.word);
        if (!game.finished || !Kinds.isRoot(game.kind)) return outcome_;
        outcome_.finished = true;
        if (game.waiting) {
            outcome_.winner = Claim.unpack(_claims[slots.freeClaim]).owner;
            outcome_.result = slots.inputRoot;
            outcome_.uncoveredWei = game.potGwei * Bond.GWEI;
        } else {
            outcome_.potWei = game.potGwei * Bond.GWEI;
        }
    }

    /// @inheritdoc ITournament
    function commitmentTime(bytes32 _commitment) external view returns (uint40) {
        return uint40(_commitments[_commitment]);
    }

    /// @inheritdoc ITournament
    function creditWei(address _account) external view returns (uint256) {
        return _credits[_account];
    }
}
