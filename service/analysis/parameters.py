"""Every threshold of the analysis in one record: unit, default, source."""

from itertools import pairwise
from typing import Annotated, Any, get_type_hints

import msgspec

BOUND = 1e6
"""Every parameter lies above 0 and below this, in whatever unit it has."""
LADDER = ("return_below", "boundary_low", "attempt", "partial", "short", "full", "boundary_high")
"""Shares of the range that rise in this order."""
RISING = (
    LADDER,
    ("slowing_least_s", "slowing_most_s"),
    *((f"{sign}_least", f"{sign}_most") for sign in ("effort", "travel", "lowering", "reserve", "pace", "push")),
)
"""All that rise in an order: also where a sign begins to count and where it counts in full."""


class Threshold(msgspec.Struct, frozen=True):
    """What a parameter is: its unit and where its default comes from."""

    unit: str
    source: str


def _p(unit: str, source: str) -> Threshold:
    return Threshold(unit, source)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of an analysis; stored in every recording, replaceable in a re-analysis.

    Raises ValueError at construction, naming the parameter, for a value that is not finite and positive, or for shares out of order.
    """

    display_hz: Annotated[float, _p("Hz", "detection.md 3.2(2): -3 dB of the display path")] = 10.0
    detection_hz: Annotated[float, _p("Hz", "detection.md 3.2(3): -3 dB of the detection path")] = 6.0
    speed_hz: Annotated[float, _p("Hz", "detection.md 3.2(3): one pole behind the speed")] = 2.0
    period_gap: Annotated[float, _p("periods", "decision 0002: a longer step says nothing of the sampling rate")] = 5.0
    period_share: Annotated[float, _p("share", "decision 0002: weight of a step in the sampling period; averages jitter")] = 0.02
    torque_known: Annotated[float, _p("share", "decision 0002: an extension with no more torque readings than this has none")] = 0.9
    boundary_low: Annotated[float, _p("share", "contract 4: geometric boundary at the flexed end")] = 0.05
    boundary_high: Annotated[float, _p("share", "contract 4: geometric boundary at the extended end")] = 0.95
    full: Annotated[float, _p("share", "contract 4: a full repetition")] = 0.93
    short: Annotated[float, _p("share", "contract 4: a short repetition")] = 0.90
    partial: Annotated[float, _p("share", "contract 4: a partial repetition")] = 0.50
    attempt: Annotated[float, _p("share", "contract 4: an attempt; below it a blip")] = 0.25
    reversal: Annotated[float, _p("share", "detection.md 2.2: reversal hysteresis h")] = 0.05
    reversal_least_deg: Annotated[float, _p("deg", "detection.md 2.2: reversal hysteresis h, at least")] = 1.0
    overdue_again_s: Annotated[float, _p("s", "decision 0274: whether a lowering is late for certain is looked at again so often")] = 0.05
    restart_below: Annotated[float, _p("share", "detection.md 2.3: a reversal below it opens a new repetition")] = 0.40
    restart_rise: Annotated[float, _p("share", "decision 0002: rise above the bottom that opens a repetition")] = 0.15
    return_below: Annotated[float, _p("share", "decision 0002: depth that confirms a return at once")] = 0.03
    return_dwell_s: Annotated[float, _p("s", "detection.md 2.3: dwell that confirms a return")] = 0.15
    bottom_band_deg: Annotated[float, _p("deg", "decision 0002: still at a turning point")] = 0.5
    movement_deg: Annotated[float, _p("deg", "decision 0001: travel that opens a session")] = 3.0
    movement_window_s: Annotated[float, _p("s", "decision 0001: within this time")] = 2.0
    still_deg: Annotated[float, _p("deg", "decision 0003: less is no movement")] = 1.0
    idle_s: Annotated[float, _p("s", "contract 1: a set ends without movement")] = 60.0
    unloaded: Annotated[float, _p("share", "contract 1: torque below this share of the load is unloaded")] = 0.20
    unloaded_s: Annotated[float, _p("s", "contract 1: a set ends when unloaded for longer")] = 40.0
    shown_gap_s: Annotated[float, _p("s", "decision 0283: an angle is shown on for so long where its readings are missing")] = 0.15
    void_gap_s: Annotated[float, _p("s", "contract 5: the cue freezes and the repetition is void")] = 0.5
    lost_s: Annotated[float, _p("s", "decision 0003: a set ends by lost signal")] = 30.0
    clock_good_s: Annotated[float, _p("s", "decision 0003: rising times for this long restore the clock")] = 1.0
    learn_least_deg: Annotated[float, _p("deg", "contract 3: least movement that can set the range")] = 15.0
    learn_similar: Annotated[float, _p("share", "decision 0004: how far a second movement may differ")] = 0.30
    learn_return: Annotated[float, _p("share", "decision 0004: share of a movement that makes its return")] = 0.75
    learn_reversal: Annotated[float, _p("share", "decision 0004: reversal, as share of learn_least_deg")] = 0.33
    learn_again: Annotated[float, _p("share", "decision 0284: of the way back, what a next extension takes at least")] = 0.5
    reserve_from: Annotated[float, _p("repetitions", "detection.md 4.6: nothing is said of the reserve before this one")] = 4.0
    reserve_line: Annotated[float, _p("ln s", "detection.md 4.6: ln T = 6.97 - 0.0381 x %MVC, line through the two ILEX points")] = 6.97
    reserve_slope: Annotated[float, _p("ln s per %", "detection.md 4.6: slope of that line over %MVC")] = 0.0381
    reserve_mvc: Annotated[float, _p("%", "detection.md 4.6: 51-57 % of the isometric strength give 12-15 repetitions")] = 54.0
    reserve_mvc_least: Annotated[float, _p("%", "decision 0104: the line is not followed below it")] = 20.0
    reserve_mvc_most: Annotated[float, _p("%", "decision 0104: the line is not followed above it")] = 95.0
    reserve_cycle_s: Annotated[float, _p("s", "detection.md 0: a cycle where neither plan nor past says one")] = 10.0
    reserve_sigma_new: Annotated[float, _p("ln", "detection.md 4.6: spread between persons; first set at that load")] = 0.35
    reserve_sigma_guess: Annotated[float, _p("ln", "decision 0104: spread added where load over strength is a guess of 5 %MVC")] = 0.20
    reserve_sigma_one: Annotated[float, _p("ln", "detection.md 4.6: spread after one set to failure")] = 0.20
    reserve_sigma_many: Annotated[float, _p("ln", "detection.md 4.6: spread after `reserve_many` sets to failure")] = 0.13
    reserve_many: Annotated[float, _p("sets", "detection.md 4.6: from here on the spread is `reserve_sigma_many`")] = 3.0
    reserve_sigma_load: Annotated[float, _p("ln per %", "decision 0104: spread added by a correction over one %MVC")] = 0.01
    reserve_share: Annotated[float, _p("share", "contract 4: the interval's share, 80 %")] = 0.80
    reserve_sag: Annotated[float, _p("share", "detection.md 4.3: a hold that sags, share of the range")] = 0.05
    reserve_tremor: Annotated[float, _p("ratio", "detection.md 4.6: a tremor that moves, over the baseline")] = 1.5
    reserve_stall_s: Annotated[float, _p("s", "decision 0104: a stall that was overcome")] = 0.3
    reserve_first: Annotated[float, _p("share", "decision 0104: of the ordered repetitions, what an untried load leaves")] = 0.95
    reserve_middle: Annotated[float, _p("share", "decision 0104: quantile that is told as the estimate; errs on the short side")] = 0.35
    reserve_lag_s: Annotated[float, _p("s", "decision 0104: mean lag that failing strength adds in the last repetition")] = 1.3
    reserve_lag_fade: Annotated[float, _p("ratio", "decision 0104: that lag one repetition earlier, over it")] = 0.25
    reserve_lag_sd_s: Annotated[float, _p("s", "decision 0104: SD of an even patient's lag, before the set's own is known")] = 0.4
    reserve_lag_prior: Annotated[float, _p("repetitions", "decision 0104: weight of that SD against the set's own")] = 0.5
    reserve_odd: Annotated[float, _p("share", "decision 0104: repetitions whose lag has other reasons")] = 0.1
    reserve_gain: Annotated[float, _p("ratio", "decision 0104: a sag, tremor or stall in a last repetition over one in any")] = 3.0
    reserve_reach: Annotated[float, _p("repetitions", "decision 0104: how far before failure those show, e-fold")] = 2.0
    isometric_rest_s: Annotated[float, _p("s", "detection.md 8: rest before the onset")] = 0.5
    isometric_onset_nm: Annotated[float, _p("Nm", "detection.md 8: onset above rest, at least")] = 5.0
    isometric_onset_sd: Annotated[float, _p("SD", "detection.md 8: onset above rest, in SD of the rest")] = 3.0
    isometric_onset_held_s: Annotated[float, _p("s", "detection.md 8: the onset holds for this long")] = 0.1
    isometric_ramped: Annotated[float, _p("share", "decision 0105: share of the plateau that ends the ramp")] = 0.95
    isometric_ramp_least_s: Annotated[float, _p("s", "detection.md 8: valid ramp, at least")] = 1.5
    isometric_ramp_most_s: Annotated[float, _p("s", "detection.md 8: valid ramp, at most")] = 4.0
    isometric_plateau_s: Annotated[float, _p("s", "detection.md 8: the plateau is the best mean over this")] = 1.0
    isometric_peak_s: Annotated[float, _p("s", "detection.md 8: the peak is the highest mean over this")] = 0.1
    isometric_cv: Annotated[float, _p("share", "detection.md 8: CV of a valid plateau, at most")] = 0.05
    isometric_slope: Annotated[float, _p("1/s", "detection.md 8: slope of a valid plateau, at most")] = 0.05
    isometric_jerk: Annotated[float, _p("ratio", "detection.md 8: peak over plateau above it is a jerk")] = 1.10
    isometric_drift_deg: Annotated[float, _p("deg", "detection.md 8: angle drift, at most; angles this near are the same")] = 1.5
    isometric_let_go: Annotated[float, _p("share", "detection.md 4.5: torque that falls by this share was let go")] = 0.30
    isometric_let_go_s: Annotated[float, _p("s", "detection.md 4.5: within this time")] = 0.3
    isometric_gap_s: Annotated[float, _p("s", "decision 0105: a plateau has no longer gap in its readings")] = 0.1
    isometric_change: Annotated[float, _p("share", "detection.md 8: a real change is more than this")] = 0.15
    spike_deg_s: Annotated[float, _p("deg/s", "detection.md 6: an angle's step beyond this speed waits for judgement")] = 120.0
    spike_least_deg: Annotated[float, _p("deg", "decision 0100: such a step, at least; above the noise of an hour at 1 kHz")] = 2.0
    spike_nm_s: Annotated[float, _p("Nm/s", "decision 0100: a torque's step beyond this rate waits; a stack bounces below it")] = 6000.0
    spike_least_nm: Annotated[float, _p("Nm", "decision 0100: such a step, at least")] = 50.0
    spike_s: Annotated[float, _p("s", "decision 0100: back within this time is a spike, else the step is taken")] = 0.03
    spike_over_s: Annotated[float, _p("s", "decision 0100: no further spike for this long ends the fault")] = 0.5
    spike_shook: Annotated[float, _p("share", "decision 0269: a torque that stepped by so much of a jump just before it shakes")] = 0.15
    spike_unknown_s: Annotated[float, _p("s", "decision 0100: after no reading for this long any reading is taken")] = 0.25
    reading_back_s: Annotated[float, _p("s", "decision 0100: readings for this long end a dropout")] = 0.25
    angle_most_deg: Annotated[float, _p("deg", "decision 0100: no angle lies beyond; twice the bounds of a plan")] = 720.0
    torque_most_nm: Annotated[float, _p("Nm", "decision 0100: nor any torque; ten times the bound of a load")] = 100_000.0
    jump_deg_s: Annotated[float, _p("deg/s", "decision 0100: a step that stays, and that no lever makes, even falling")] = 600.0
    jump_least_deg: Annotated[float, _p("deg", "decision 0100: such a step, at least")] = 10.0
    jump_wrap_deg: Annotated[float, _p("deg", "decision 0100: such a step that can only be the end of a code range")] = 45.0
    jump_first_s: Annotated[float, _p("s", "decision 0285: but not among the first readings, of which those before it were wrong")] = 1.0
    wrap_over_s: Annotated[float, _p("s", "decision 0100: no further wrap for this long ends the fault")] = 30.0
    fault_window_s: Annotated[float, _p("s", "decision 0101: statistics of the raw path are taken over this")] = 0.1
    stuck_s: Annotated[float, _p("s", "detection.md 6: the same code for this long while the other channel moves")] = 1.0
    stuck_alone_s: Annotated[float, _p("s", "decision 0101: where the channel is known to flicker, whatever the other does")] = 2.0
    stuck_moved: Annotated[float, _p("share", "detection.md 6: movement of the other channel, of its span")] = 0.10
    stuck_moved_quiet: Annotated[float, _p("share", "decision 0101: the same for a channel that isn't known to flicker")] = 0.40
    fine_deg: Annotated[float, _p("deg", "decision 0291: no load is held for `stuck_s` within so small a step (12 bits: 0.088 deg)")] = 0.09
    fine_follows_s: Annotated[float, _p("s", "decision 0291: a lever that is free has followed the torque by then")] = 0.3
    fine_beyond_deg: Annotated[float, _p("deg", "decision 0291: so much farther upright nobody gets on a pin")] = 0.25
    fine_late_s: Annotated[float, _p("s", "decision 0291: two repetitions; what limits the way may be moved between two sets")] = 20.0
    stuck_cycle_s: Annotated[float, _p("s", "decision 0292: no code lasts through a repetition under load; or the plan's")] = 10.0
    span_deg: Annotated[float, _p("deg", "decision 0101: the angle's span is taken as no less")] = 15.0
    span_nm: Annotated[float, _p("Nm", "decision 0101: the torque's span is taken as no less")] = 30.0
    rail_samples: Annotated[float, _p("samples", "detection.md 6: so many at a rail")] = 5.0
    flicker: Annotated[float, _p("share", "decision 0101: reversals by two codes, standing still: noise over 0.45 codes")] = 0.02
    dead_movements: Annotated[float, _p("movements", "decision 0253: with the very same torque, before it is called dead")] = 3.0
    sign_s: Annotated[float, _p("s", "decision 0102: a torque of the wrong sign while the load is lifted, for this long")] = 0.5
    sign_nm: Annotated[float, _p("Nm", "decision 0102: such a torque, at least")] = 8.0
    sign_deg_s: Annotated[float, _p("deg/s", "decision 0102: such a movement, at least")] = 3.0
    scaled_repetitions: Annotated[float, _p("repetitions", "decision 0102: in a row, before a torque is called another unit's")] = 3.0
    scaled_near: Annotated[float, _p("share", "decision 0102: how near the load in the other unit")] = 0.08
    drift_repetitions: Annotated[float, _p("repetitions", "decision 0102: least for a trend")] = 4.0
    drift_sd: Annotated[float, _p("SD", "decision 0102: standard errors by which a trend is beyond chance")] = 4.0
    drift_scatter: Annotated[float, _p("share", "decision 0192: scatter of the repetitions' mean torque about their line")] = 0.01
    drift_scatter_weight: Annotated[float, _p("repetitions", "decision 0192: so many repetitions' worth that is known")] = 2.0
    drift_deg_min: Annotated[float, _p("deg/min", "detection.md 6: drift of the turning points")] = 0.8
    drift_nm_min: Annotated[float, _p("Nm/min", "decision 0102: drift of the torque; a load cell's own is below 2")] = 3.0
    overrun_caution_deg: Annotated[float, _p("deg", "detection.md 6: beyond the flexed limit, caution")] = 1.0
    overrun_caution_s: Annotated[float, _p("s", "detection.md 6: for this long")] = 0.05
    overrun_stop_deg: Annotated[float, _p("deg", "detection.md 6: beyond the flexed limit, stop")] = 2.0
    overrun_at_once_deg: Annotated[float, _p("deg", "detection.md 6: one sample so far beyond the flexed limit, stop")] = 4.0
    overextension_caution_deg: Annotated[float, _p("deg", "detection.md 6: beyond the extended limit, caution")] = 2.0
    overextension_stop_deg: Annotated[float, _p("deg", "detection.md 6: beyond the extended limit, stop")] = 4.0
    overrun_over_deg: Annotated[float, _p("deg", "decision 0103: an excursion is over when back within this of the limit")] = 0.5
    overrun_over_s: Annotated[float, _p("s", "decision 0103: for this long; the same for speed")] = 0.2
    overspeed_caution: Annotated[float, _p("ratio", "detection.md 6: speed over the reference peak, caution")] = 1.6
    overspeed_caution_s: Annotated[float, _p("s", "detection.md 6: for this long")] = 0.1
    overspeed_stop: Annotated[float, _p("ratio", "detection.md 6: speed over the reference peak, stop")] = 2.5
    overspeed_stop_deg_s: Annotated[float, _p("deg/s", "detection.md 6: stop at the latest here, but never below the caution")] = 60.0
    overspeed_peak: Annotated[float, _p("ratio", "detection.md 0: peak over mean of a minimum-jerk movement")] = 1.875
    overspeed_least_deg_s: Annotated[
        float, _p("deg/s", "decision 0103: slower plans are taken for this, detection.md 0's slowest: 20 deg in 4 s")
    ] = 5.0
    overspeed_over: Annotated[float, _p("share", "decision 0103: under this share of the caution the excursion is over")] = 0.9
    safety_lag_s: Annotated[float, _p("s", "decision 0193: lag of each of the two poles behind the safety path's speed")] = 0.012
    untold_s: Annotated[float, _p("s", "decision 0267: a limit passed so shortly before its set is known is told with it")] = 1.0
    tremor_low_hz: Annotated[float, _p("Hz", "detection.md 3.2: tremor band of the torque, from")] = 4.0
    tremor_high_hz: Annotated[float, _p("Hz", "detection.md 3.2: tremor band of the torque, to")] = 12.0
    tremor_rate_hz: Annotated[float, _p("Hz", "detection.md 3.2: least sampling rate that shows tremor")] = 50.0
    gap_periods: Annotated[float, _p("periods", "detection.md 6: a longer step is a gap")] = 3.0
    gap_least_s: Annotated[float, _p("s", "detection.md 6: and longer than this")] = 0.02
    kept_s: Annotated[float, _p("s", "decision 0006: samples kept before what may still be asked for")] = 1.0
    extension_s: Annotated[float, _p("s", "detection.md 0: the study's extension, where no plan says one")] = 4.0
    flexion_s: Annotated[float, _p("s", "detection.md 0: the study's flexion, where no plan says one")] = 3.0
    stall_speed: Annotated[float, _p("share", "detection.md 4.2: a stall is slower than this share of the cue's speed")] = 0.25
    stall_low: Annotated[float, _p("share", "detection.md 4.2: a stall lies above this place")] = 0.12
    stall_high: Annotated[float, _p("share", "detection.md 4.2: and below this one")] = 0.97
    stall_least_s: Annotated[float, _p("s", "detection.md 4.3: shorter is no stall")] = 0.8
    stall_first_s: Annotated[float, _p("s", "decision 0005: a running stall is judged after so long")] = 1.0
    stall_again_s: Annotated[float, _p("s", "decision 0005: and again after each")] = 0.5
    near: Annotated[float, _p("share", "detection.md 4.2, 4.3: lag is taken here; the last tenth begins")] = 0.90
    hold_sag: Annotated[float, _p("share", "detection.md 4.3: loss of the hold")] = 0.05
    struggle_lag_s: Annotated[float, _p("s", "detection.md 4.3: lag at 90 % of the range")] = 0.8
    struggle_lag_more_s: Annotated[float, _p("s", "decision 0005: and this much more than usual")] = 0.4
    struggle_ratio: Annotated[float, _p("ratio", "detection.md 4.3: extension over the usual one")] = 1.25
    pace_from: Annotated[float, _p("share", "decision 0005: travel before a stall from which its pace can be judged")] = 0.15
    baseline_repetitions: Annotated[float, _p("repetitions", "detection.md 4.2: baselines are medians of repetitions 2-4")] = 3.0
    demand_bins: Annotated[float, _p("bins", "detection.md 4.1: bins of the range")] = 40.0
    demand_repetitions: Annotated[float, _p("repetitions", "detection.md 4.1: repetitions 2 and 3 are learnt from")] = 2.0
    demand_least_nm: Annotated[float, _p("Nm", "detection.md 7: so much may be left of gravity; a load that is learnt asks for more")] = 5.0
    demand_speed_deg_s: Annotated[float, _p("deg/s", "detection.md 2.2: moving is faster than v_on")] = 0.8
    slowing_from: Annotated[float, _p("share", "decision 0005: of the greatest speed, where slowing begins")] = 0.60
    slowing_s: Annotated[float, _p("s", "decision 0005: a voluntary halt takes no longer")] = 0.45
    reserve_last: Annotated[float, _p("repetitions", "detection.md 4.3: reserve below which a stall is expected")] = 3.0
    drop_share: Annotated[float, _p("share", "detection.md 4.5: torque let go")] = 0.30
    drop_s: Annotated[float, _p("s", "detection.md 4.5: within this time")] = 0.3
    drop_least_nm: Annotated[float, _p("Nm", "decision 0005: less torque than this can't be let go")] = 15.0
    drop_above: Annotated[float, _p("share", "decision 0005: below this place the stack comes to rest")] = 0.20
    drop_speed: Annotated[float, _p("ratio", "decision 0193: the load falls faster than this, over the plan's lowering")] = 0.35
    drop_from: Annotated[float, _p("share", "decision 0005: let go from at least this share of the repetition's peak torque")] = 0.5
    assist_effort: Annotated[float, _p("share", "detection.md 4.5: less torque than the demand while moving up")] = 0.85
    assist_speed: Annotated[float, _p("share", "decision 0005: moving up, of the cue's speed")] = 0.15
    assist_s: Annotated[float, _p("s", "decision 0005: for at least this long")] = 0.4
    momentum_effort: Annotated[float, _p("share", "detection.md 4.5: torque over demand of a heave")] = 1.30
    momentum_speed: Annotated[float, _p("ratio", "detection.md 4.5: speed over the cue's of a heave")] = 2.0
    momentum_until: Annotated[float, _p("share", "detection.md 4.5: in this first part of the range")] = 0.30
    end_stop_effort: Annotated[float, _p("share", "detection.md 4.5: torque over demand against a stop")] = 1.15
    end_stop_s: Annotated[float, _p("s", "decision 0005: for at least this long")] = 0.3
    bounce_s: Annotated[float, _p("s", "detection.md 2.3: a shorter turn is a bounce")] = 0.15
    bounce_speed_deg_s: Annotated[float, _p("deg/s", "detection.md 2.2: slower is standing (v_off)")] = 0.64
    shift_deg: Annotated[float, _p("deg", "detection.md 2.3: both ends moved by more")] = 3.0
    shift_repetitions: Annotated[float, _p("repetitions", "detection.md 2.3: over this many")] = 3.0
    motor_middle: Annotated[float, _p("share", "detection.md 4.4: middle part of the range whose torque counts")] = 0.70
    motor_line: Annotated[float, _p("share", "decision 0005: demand line, of the best of repetitions 2-4, where no load is known")] = 0.85
    motor_clear: Annotated[float, _p("share", "decision 0005: the second extension below the line is clearly below it")] = 0.85
    motor_lost: Annotated[float, _p("share", "detection.md 4.4: one repetition this far below is enough")] = 0.25
    motor_carried: Annotated[float, _p("share", "decision 0005: with less torque the drive carries the limb, nobody pushes")] = 0.10
    failure_closes_s: Annotated[float, _p("s", "contract 1: without a new extension the set has ended")] = 10.0
    under_way_s: Annotated[float, _p("s", "decision 0280: an extension that keeps a failed set open has moved within so long")] = 2.0
    failure_unloaded_s: Annotated[float, _p("s", "decision 0005: unloaded for this long after a failure ends the set")] = 5.0
    failure_confidence: Annotated[float, _p("share", "decision 0217: confidence from which a turn is called failure")] = 0.5
    likely_confidence: Annotated[float, _p("share", "decision 0005: and from which it is told while it lasts")] = 0.4
    unsure_confidence: Annotated[float, _p("share", "decision 0005: below it a stand is a halt")] = 0.25
    usual_short: Annotated[
        float, _p("share", "decision 0005: short of the usual top by more, a stand that is lowered is told as a halt")
    ] = 0.1
    brief_stall_s: Annotated[float, _p("s", "decision 0005: a shorter stand is not judged")] = 0.5
    pace_s: Annotated[float, _p("s", "decision 0005: before the stand, in which its pace is taken")] = 1.0
    hold_lost: Annotated[float, _p("share", "decision 0005: of the usual hold: a shorter one after a struggle may be failure")] = 0.25
    drop_loaded: Annotated[float, _p("share", "decision 0193: with less of the load nobody has it to let go")] = 0.55
    drop_low: Annotated[float, _p("share", "decision 0193: below it a quick lowering is a bounce, or a failed extension")] = 0.35
    drop_driven: Annotated[float, _p("share", "decision 0005: a motor: let go below it; beyond, the torque falls each time")] = 0.85
    drop_window_s: Annotated[float, _p("s", "decision 0005: a let-go begins the lowering: within this time of the turn")] = 0.45
    drop_demand: Annotated[float, _p("share", "decision 0193: torque over the demand that is left when it is let go, at most")] = 0.60
    drop_pressed: Annotated[float, _p("ratio", "decision 0268: torque over the load: more than that is against a stop")] = 1.3
    drop_back: Annotated[float, _p("share", "decision 0268: of what was given, come back since: it springs off a stop")] = 0.1
    odds_prior: Annotated[float, _p("log-odds", "decision 0217: a turn without any sign; taken as negative")] = 12.1
    odds_ordered: Annotated[float, _p("log-odds", "decision 0217: the plan orders failure")] = 1.75
    odds_again: Annotated[float, _p("log-odds", "decision 0217: it has failed in this set before")] = 1.55
    odds_stall: Annotated[float, _p("log-odds", "decision 0217: a long stall")] = 2.9
    stall_most_s: Annotated[float, _p("s", "decision 0217: from which on it is long")] = 2.0
    odds_effort: Annotated[float, _p("log-odds", "decision 0217: the torque that the place asks for, given to the end")] = 3.15
    effort_least: Annotated[float, _p("share", "decision 0217: of what is asked: less is no trying")] = 0.9
    effort_most: Annotated[float, _p("share", "decision 0217: and this is all of it")] = 1.0
    odds_slowing: Annotated[float, _p("log-odds", "decision 0217: it slowed down before it stood")] = 2.7
    slowing_least_s: Annotated[float, _p("s", "decision 0217: that came at once")] = 0.15
    slowing_most_s: Annotated[float, _p("s", "decision 0217: and that took its time")] = 0.5
    quick_s: Annotated[float, _p("s", "decision 0217: slowing that is no slowing")] = 0.35
    quick_pace: Annotated[float, _p("ratio", "decision 0217: out of full speed")] = 0.8
    tried: Annotated[float, _p("share", "decision 0217: of the torque that is asked: with less nobody tries")] = 0.85
    odds_short: Annotated[float, _p("log-odds", "decision 0217: far short of the usual top")] = 3.6
    short_most: Annotated[float, _p("share", "decision 0217: from which on it is far")] = 0.3
    odds_fallen: Annotated[float, _p("log-odds", "decision 0217: clearly short of what was reached lately")] = 2.1
    fallen: Annotated[float, _p("share", "decision 0217: from which on that is clear")] = 0.03
    odds_travel: Annotated[float, _p("log-odds", "decision 0217: it travelled less than usual")] = 1.95
    travel_least: Annotated[float, _p("share", "decision 0217: by no more than anybody")] = 0.02
    travel_most: Annotated[float, _p("share", "decision 0217: by clearly more")] = 0.05
    odds_lowering: Annotated[float, _p("log-odds", "decision 0217: lowered faster than planned, or let down")] = 3.6
    lowering_least: Annotated[float, _p("share", "decision 0217: of the plan's speed as soon as it is lowered: by choice")] = 0.65
    lowering_most: Annotated[float, _p("share", "decision 0217: and as one who cannot hold it")] = 1.4
    odds_hold: Annotated[float, _p("log-odds", "decision 0217: it arrived, and the hold was none or sagged")] = 2.45
    odds_struggle: Annotated[float, _p("log-odds", "decision 0217: signs of struggle in this repetition")] = 0.5
    odds_reserve: Annotated[float, _p("log-odds", "decision 0217: nothing is left of the reserve")] = 2.9
    reserve_least: Annotated[float, _p("repetitions", "decision 0217: its upper bound where nothing is left")] = 0.5
    reserve_most: Annotated[float, _p("repetitions", "decision 0217: and where it says nothing")] = 4.0
    odds_pace: Annotated[float, _p("log-odds", "decision 0217: it came to its turn at speed; taken as negative")] = 3.9
    pace_least: Annotated[float, _p("ratio", "decision 0217: of the cue's: no speed left")] = 0.4
    pace_most: Annotated[float, _p("ratio", "decision 0217: and full speed")] = 1.5
    odds_push: Annotated[float, _p("log-odds", "decision 0217: a torque that would have moved it; taken as negative")] = 2.8
    push_least: Annotated[float, _p("share", "decision 0217: of what is asked: it just holds")] = 1.0
    push_most: Annotated[float, _p("share", "decision 0217: and moves it")] = 1.2
    push_s: Annotated[float, _p("s", "decision 0217: in so long before the turn")] = 3.5

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not 0.0 < value < BOUND:
                raise ValueError(f"{name}: expected a finite number above 0, got {value!r}")
        if not self.boundary_high < 1.0:
            raise ValueError(f"boundary_high: expected a share below 1, got {self.boundary_high!r}")
        for names in RISING:
            if any(getattr(self, low) >= getattr(self, high) for low, high in pairwise(names)):
                raise ValueError(f"{' < '.join(names)} must hold")


def described(parameters: Parameters) -> dict[str, dict[str, Any]]:
    """The record as name -> {value, unit, source}, for recordings and documentation."""
    hints = get_type_hints(Parameters, include_extras=True)
    return {
        name: {"value": getattr(parameters, name), **msgspec.to_builtins(hints[name].__metadata__[0])}
        for name in parameters.__struct_fields__
    }
