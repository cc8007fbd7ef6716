// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bond} from "../libraries/Bond.sol";
import {Claim, ClaimState, ClaimWord} from "../libraries/Claim.sol";
import {Clock} from "../libraries/Clock.sol";
import {Commitment} from "../libraries/Commitment.sol";
import {GameState} from "../libraries/Game.sol";
import {Match, MatchState} from "../libraries/Match.sol";
import {TournamentKinds} from "./TournamentKinds.sol";

/// @title How matches begin and end
/// @notice Pairing (spec/06 §3) and the money at the end of a match (§8).
abstract contract TournamentMatches is TournamentKinds {
    /// @dev Computes who pays what at the end of a match.
    uint256 private constant SETTLE_GAS = 3_600;
    /// @dev A word that is written as it was costs this much less than another one.
    uint256 private constant SAME_WORD_GAS = 2_800;

    /// @dev Who won a match.
    uint256 internal constant NOBODY = 0;
    uint256 internal constant SIDE_A = 1;
    uint256 internal constant SIDE_B = 2;

    /// @dev A match about to end. `a` and `b` are its claims with what the match has spent taken off their bonds.
    struct Ending {
        MatchKey key;
        OpenMatch open;
        GameState game;
        ClaimState a;
        ClaimState b;
        uint256 winner;
        /// Seconds the winner has left.
        uint256 clock;
        MatchEnd reason;
        /// Money of a finished inner tournament: pays first, and what is left goes to the pot.
        uint256 innerPotGwei;
        /// Owner of the survivor of a finished inner tournament, if it is paid at once, and how much.
        address survivor;
        uint256 survivorGwei;
    }

    /// @dev A claim becomes free: it waits, or meets the one that does, whose word says nothing of matches. The caller stores claim and
    /// tournament.
    /// @return paired_ Whether a match began.
    function release(
        bytes32 _tournamentId,
        GameState memory _game,
        bytes32 _claimId,
        ClaimState memory _claim
    ) internal returns (bool paired_) {
        GameSlots storage slots = _games[_tournamentId];
        paired_ = _game.waiting;
        _claim.status = ClaimStatus.Live;
        if (paired_) {
            bytes32 waitingId = slots.freeClaim;
            ClaimState memory waiting = Claim.unpack(_claims[waitingId]);
            startMatch(_tournamentId, _game, waitingId, _claimId, waiting, _claim);
        } else {
            slots.freeClaim = _claimId;
        }
        // INVARIANT: at most one free claim waits; a word remembers it, this flag says whether it means anything.
        _game.waiting = !paired_;
    }

    /// @dev Two claims meet; A waited before and moves first.
    function startMatch(
        bytes32 _tournamentId,
        GameState memory _game,
        bytes32 _claimIdA,
        bytes32 _claimIdB,
        ClaimState memory _a,
        ClaimState memory _b
    ) private {
        bytes32 matchId = Commitment.matchId(_tournamentId, _claimIdA, _claimIdB);
        MatchState memory state;
        state.height = _game.height;
        state.phase = _game.height == 0 ? Match.SEALABLE : Match.A_TO_MOVE;
        state.since = block.timestamp;
        state.clockA = Clock.atMatch(_a.clock, _game.initialClock, ALLOWANCE);
        state.clockB = Clock.atMatch(_b.clock, _game.initialClock, ALLOWANCE);
        // The pair of roots is not stored: the match's id says which claims met, and the first move names them.
        _matches[matchId].word = Match.pack(state);
        ++_game.openMatches;
        emit MatchStarted(_tournamentId, matchId, _claimIdA, _claimIdB);
    }

    /// @dev Reads the two claims of a match that ends, their bonds less what it has spent.
    function beginEnding(MatchKey calldata _key, OpenMatch memory _open, GameState memory _game, MatchEnd _reason)
        internal
        view
        returns (Ending memory ending_)
    {
        ending_.key = _key;
        ending_.open = _open;
        ending_.game = _game;
        ending_.reason = _reason;
        ending_.a = Claim.unpack(_claims[_open.claimIdA]);
        ending_.b = Claim.unpack(_claims[_open.claimIdB]);
        ending_.a.bondGwei -= _open.state.spentA;
        ending_.b.bondGwei -= _open.state.spentB;
    }

    /// @dev Ends a match: losers die, the winner is free again, the sender is refunded, bonds are settled.
    function endMatch(
        Ending memory _ending,
        uint256 _tokens,
        uint256 _gasStart,
        uint256 _budgetGas,
        uint256 _pairedBudgetGas
    ) internal {
        closeMatch(_ending.open);
        GameState memory game = _ending.game;
        --game.openMatches;
        bytes32 winnerId = _ending.winner == SIDE_A
            ? _ending.open.claimIdA
            : _ending.winner == SIDE_B ? _ending.open.claimIdB : bytes32(0);
        emit MatchEnded(_ending.open.matchId, winnerId, _ending.reason);
        (_ending.a.status, _ending.b.status) = (ClaimStatus.Dead, ClaimStatus.Dead);
        bool paired;
        // Still to come: the settlement, both claims and the tournament.
        uint256 tailGas = SETTLE_GAS + 3 * REWRITE_GAS;
        if (_ending.winner != NOBODY) {
            bool isA = _ending.winner == SIDE_A;
            ClaimState memory winner = isA ? _ending.a : _ending.b;
            bool sameClock = winner.clock == _ending.clock;
            winner.clock = _ending.clock;
            paired = release(_ending.key.tournamentId, game, winnerId, winner);
            if (sameClock && staysAsItWas(game, winnerId, winner)) tailGas -= SAME_WORD_GAS;
        }
        uint256 budgetGas = paired ? _pairedBudgetGas : _budgetGas;
        if (_ending.survivorGwei != 0) tailGas += payOutGas(_ending.survivor);
        uint256 refund = refundOf(msg.sender, _tokens, _gasStart, tailGas, budgetGas);
        uint256 paid = settle(_ending, refund);
        _claims[_ending.open.claimIdA] = Claim.pack(_ending.a);
        _claims[_ending.open.claimIdB] = Claim.pack(_ending.b);
        storeGame(_ending.key.tournamentId, game);
        if (_ending.survivorGwei != 0) payOut(_ending.survivor, _ending.survivorGwei, paid);
        else pay(msg.sender, paid);
    }

    /// @dev Whether a winner's word will be what it is now, refilled and with its new clock: then it costs little to write. SAFETY: the
    /// loser's bond always refills the winner's (`Bond.bondGas`).
    function staysAsItWas(GameState memory _game, bytes32 _claimId, ClaimState memory _winner)
        private
        view
        returns (bool stays_)
    {
        uint256 bondGwei = _winner.bondGwei;
        _winner.bondGwei = fullBond(_game);
        stays_ = ClaimWord.unwrap(Claim.pack(_winner)) == ClaimWord.unwrap(_claims[_claimId]);
        _winner.bondGwei = bondGwei;
    }

    /// @dev The money at the end of a match (spec/06 §8). Charges the refund to the inner pot and to the losing bonds,
    /// refills the winner's bond from the loser's, and puts the rest into the tournament's pot.
    /// @return paid_ The part of the refund that was found, gwei.
    function settle(Ending memory _ending, uint256 _refundGwei) private view returns (uint256 paid_) {
        GameState memory game = _ending.game;
        uint256 taken;
        (_ending.innerPotGwei, paid_) = Bond.take(_ending.innerPotGwei, _refundGwei);
        if (_ending.winner != SIDE_A) {
            (_ending.a.bondGwei, taken) = Bond.take(_ending.a.bondGwei, _refundGwei - paid_);
            paid_ += taken;
        }
        if (_ending.winner != SIDE_B) {
            (_ending.b.bondGwei, taken) = Bond.take(_ending.b.bondGwei, _refundGwei - paid_);
            paid_ += taken;
        }
        uint256 full = fullBond(game);
        if (_ending.winner == SIDE_A) refill(_ending.a, _ending.b, full);
        if (_ending.winner == SIDE_B) refill(_ending.b, _ending.a, full);
        game.potGwei += _ending.innerPotGwei;
        if (_ending.winner != SIDE_A) {
            game.potGwei += _ending.a.bondGwei;
            _ending.a.bondGwei = 0;
        }
        if (_ending.winner != SIDE_B) {
            game.potGwei += _ending.b.bondGwei;
            _ending.b.bondGwei = 0;
        }
    }

    /// @dev Tops the winner's bond up to a full one from the loser's.
    function refill(ClaimState memory _winner, ClaimState memory _loser, uint256 _fullGwei) private pure {
        uint256 taken;
        (_loser.bondGwei, taken) = Bond.take(_loser.bondGwei, _fullGwei - _winner.bondGwei);
        _winner.bondGwei += taken;
    }

    /// @dev What the match has spent is settled now; a finished match holds no money.
    function closeMatch(OpenMatch memory _open) private {
        _open.state.phase = Match.OVER;
        (_open.state.spentA, _open.state.spentB) = (0, 0);
        _matches[_open.matchId].word = Match.pack(_open.state);
    }
}
