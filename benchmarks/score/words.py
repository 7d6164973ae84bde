"""The sentences of docs/validation.md; every number of the page comes from the results."""

INTRODUCTION = """\
# Validation

How often the analysis is right: made by `scripts/bench accuracy`, `scripts/bench recordings` and `scripts/bench core` from
`benchmarks/results/*.json`, never typed.

**Everything up to "On recorded movements" is in simulation.** The simulated patient, machine and sensor were written by the
people who wrote the detector, from published figures; no lumbar extension with labelled failure is public. A rate of error below
is one of this simulation and says what the rules do when the world is as they suppose. It is no clinical claim. What comes
closest to evidence is the chapter on recorded movements, which are other exercises on other machines. The study that would
replace it is named in the design: twenty sets to failure, two therapists labelling failure and reserve, each without seeing the
other's.
"""

TESTED = """\
Each set is one patient on one machine with one sensor, drawn from a seed: range, load, strength, fatigue, how well the cue is
followed, friction and cam of the machine, quantum, noise, jitter and loss of the sensor, 100 to 1000 Hz. What truly happened is
taken from the simulator's own state, attempt by attempt, not from the signal. The analysis gets samples, plan, inputs and the
patient's earlier sets; it is scored on its events alone."""

FROZEN = "These seeds judge a release: no rule and no threshold was tuned on them."
DEVELOPMENT = "**These are the seeds of development: rules were tuned on them.**"

TRUTH = """\
How truth and events are brought together:

- A repetition in truth is an attempt, or several where the patient turned up again above 0.40 of the range without having come
  down. Reported and true repetitions are paired one to one by the time they share.
- Where the true extent lies within 0.4 deg + 0.4 % of the range of a border between two classes, either class is right: a sensor
  with a quantum of 0.5 deg cannot tell. The line "with no allowance" counts without this. A top as near to 0.95, or a bottom
  as near to 0.05, leaves the boundary beside it out, since whether that line was crossed decides what the boundary is.
- A failure counts as found where a `failure` event names the repetition that truly failed; a second one for the same repetition
  is false. Failures below 0.25 of the range make no repetition and cannot be reported; they are left out. Recall is taken where
  there is a torque.
- Latencies count from the true reversal (failure), from the begin of the letting go (abrupt stop), from the crossing of the limit
  (cues; demanded from the first attempt to the end of the last one).
- Healthy sets have no failure, no letting go and no help: a `failure` or an `abrupt_stop` in them is false, and a stop cue with
  nothing beyond its limit.
- A wrong number is silent where neither a signal fault nor a flag `gap`, `void` or `setup_shift` hints at it.
- Sets without a plan have a line of their own: what a full repetition is, they learn from the movement. A plan that the patient
  does not do remains the plan: extents are relative to it.
- Sets in which the angle is swapped, inverted, in radians or wrapped all the time have a line of their own, too: nobody could
  count them. They are in no figure of counting, boundaries, recall or reserve, but in those of false alarms and faults."""

FOUND = """\
Shares have Wilson's interval, rates the exact interval of a Poisson count, percentiles that of their order statistics, F1 one by
drawing sets again, means the normal one; all of 95 %. *Of*: sets, repetitions, boundaries, findings or hours, as the metric says.
A target is called met or missed by the figure itself, not by its interval."""

TIERS = {
    "clean": "No events besides the repetitions; sets end at the target or in failure.",
    "varied": "One to three events a set: pauses, stops, pain, help, swings, bounces, dips, cadence, talk, moving on the seat.",
    "hostile": "The same, with sensor faults: stuck, lost, spiking, drifting, swapped, inverted, in another unit, the clock jumping.",
    "null": "No set at all: positioning, stretching, talking, an empty machine. Nothing may be counted, nothing may alarm.",
}

KINEMATIC = """\
The events hold geometric boundaries only (contract 4); `phase_entered` bears the same times. The kinematic lines above therefore
compare geometric times with when the movement truly began and ended, and say how far apart the two definitions are, not how well
the kinematic ones are found.
"""

BASELINES = """\
What a few lines of code count on the same sets. Unlike Ilex they see the whole recording at once, after its end, and are told the
range."""

LIMITS = """\
Beyond the figures:

- On a weight stack the torque says what the load asks for, not what the patient could give. A held pause and a failing stall can
  look alike; where nothing before or after tells them apart, the answer is `unsure`, not a guess.
- A zero of the angle that creeps by less than a reading's scatter over four repetitions cannot be told from a patient who creeps; until it
  is told, stop cues follow the angle that the sensor reports, and so are false.
- In the first two repetitions there is nothing to compare with: failure there is `unable`, `too_early`.
- Without torque failure is not judged at all; without a plan the range is learnt and extents are relative to what was learnt.
- Asymmetry, breath, substitution by hips or legs, and pain itself are not in angle and torque.
- Fatigue, failing and pain of the simulated patient are models with made-up spread. Real ones will differ, and the figures with
  them."""

REACH = """\
Why the targets above that are missed are missed: what the best that was found reaches on the same sets, where two causes give the same
signal, and where the signal holds more than the rules take from it. Made by `scripts/bench bounds` on development seeds. *Trees* are
gradient-boosted trees in plain numpy, one setting for all, with about a hundred measures of every repetition by the time a verdict is
due (0.8 s after the turn): pace, stands, torque over what the place asks for, tremor, the turning points and the way back, the
repetitions before, the plan, the patient's earlier sets, and all that the rules had said by then. They are cross-validated by set. They
are an opponent, no proposal: nobody could say why they say what they say, and what they know of people they know from this simulation.
That they do no better is no proof that nothing could."""

REACH_FAILURE = """\
**Failure.** Whether somebody failed depends on where he wanted to go. A simulated patient aims at a top of his own that varies by up to
2.5 % of the range from one repetition to the next, and has failed where he stays more than 2.5 % below it: of two who struggle, stand at
0.93 and lower, one has failed and one has not. In `varied` and `hostile` sets nothing that was found keeps recall and precision at once.
In `clean` sets the trees come near it, by a threshold that serves clean sets alone; by one for all, as a detector has it who is not told
what patients come, they do not (*at even odds*). What they know of the way back adds something in `hostile` sets alone. The signs of the
rules were chosen and weighed on these very sets (decision 0217): what they are worth is what the frozen seeds above say, a few per cent
less."""

REACH_LOOKALIKES = """\
**What is called failure and is not.** A lowered pause stands still with the torque that the load asks for, and is put down; so does a
failure. What remains are what came before, and how quickly it stopped. Its target is kept only by who misses a third of the failures.
Voluntary partial repetitions are not called failure on these sets, assisted ones hardly."""

REACH_ABRUPT = """\
**Abrupt stop.** Who throws the load down in haste from the top, after a whole hold, and who lets go there in pain do the same: the torque
falls to nothing, the load falls. Elsewhere in the range nobody hurries, so there a let-go is told (decision 0193). At the alarms that are
asked the trees find about as many as the rules; all that are asked cost them many times the alarms."""

REACH_RESERVE = """\
**Reserve of new patients.** At nine tenths of a set one or two repetitions are left, but nobody is told that it is nine tenths: until two
before failure the movement is even. An estimate that is short enough to be right there is too short at a third of the set. The trees'
estimate of the median, told shorter or longer, shows the exchange. They have learnt from the other sets how many repetitions people have
here, which nobody knows of a new patient in a clinic; with that, three quarters of their estimate come near all three targets."""

REACH_SIGHT = """\
**Hostile: counting, boundaries, cues.** The same mistakes, by what the angle's sensor did at that time. While it tells the truth, numbers
and boundaries keep what is asked. What is left are angles that nobody has, of a sensor that is stuck or silent where the patient turns,
and those of a zero that creeps, by 1.5 to 5 deg a minute, while a trend takes four turns at least: a crossing at 5 deg/s is 80 ms off
after 0.4 deg. Following the flexed end from turn to turn might save some of them; it was not tried. Stop cues follow the angle that the
sensor says: no limit is moved on a suspicion (decision 0194). A lasting fault is told with the first extension; the cues before it are of
swapped channels."""

REACH_CREEP = """\
**Creeping zeros.** How many of them the best pair of thresholds tells, of 42 tried: the slope of the flexed ends (with the extended ends
going along) or of the mean torque of full repetitions, and its standard errors. The rest moves less than people scatter from turn to turn
within the set, or the set has too few turns: a zero seen through a patient is no better known than where the patient turns."""

REACH_OTHERS = """\
Of the other missed targets:

- *Swapped*: of 170 such sets among 3,000 hostile ones of development 11 are missed, 8 of them without a plan, where nothing says which
  column is which; of the 3 with one the cause is not traced. *Scaled*: radians without a plan and without a jump (all 9 missed ones), and a
  torque in ft-lb without a load in the plan, on a motor, or in fewer than three full repetitions, have nothing to be compared with
  (decision 0102).
- *Stuck*: an angle with steps coarser than its noise says the same while the patient holds still or stands; a torque that stays at the
  highest code seen so far is called `saturated`, which looks the same. *Spike*: most that are missed lie in sets of swapped channels or of
  radians, which are told already; the others had not arrived (decision 0190).
- *False signal faults* in varied sets, 0.22 an hour before decision 0269 (99.7 h): 13 drifts, 7 spikes, 2 stuck ones. 0269 takes five of
  the spikes off; drift alone is 0.13 an hour, and its threshold trades them for creeping zeros (above).
- *A number that is wrong without a hint*, 25 of 3,000 hostile sets: of the 23 that were looked at 9 are in radians without a plan, in which
  nothing moves far enough to be counted, and 14 have a zero that creeps.
- *The stop for speed* is told 24 ms and the median of three samples after a ramp has passed the limit; a shorter lag tells the noise of
  the worst sensors as speed (decision 0193). The 3 of 615 that were missed had passed it before the set was known; they are told with it
  now (decision 0267).
- *Stop cues beyond the range*: 2 of 8,000 sets, in which the patient sinks past the flexed end just after the last repetition that was
  ordered: the set is over, the cue has stopped, and no event belongs to it any more.
- *Failure on a motor-driven machine*: a line nearer to the patient's torque finds a few failures more, and calls as many falsely
  (decision 0191)."""

WORST = """\
Every kind of mistake with the seeds that show it, the worst first. Any of them is replayed by `python -m benchmarks.accuracy
--case TIER SEED --plot out.png`."""

RECORDINGS = """\
Real movements on strength machines and with free weights (not lumbar extension), counted by eye. Counted is full + short +
partial (contract 1). No parameter was fitted to these files. The strength machines' sets hold no failure and one isometric hold
that is no repetition; the arm sets go to or near exhaustion and have no torque, so failure cannot be judged in them. Made by
`scripts/bench recordings`."""

SPEED = "`scripts/bench core`: the analysis beside one call of `scipy.signal.sosfilt` (one biquad) over the same two channels."

AGAIN = """\
## Again

```
scripts/bench accuracy                        all of the above, on the frozen seeds (hours of processor time)
scripts/bench accuracy --tier varied          one tier
scripts/bench accuracy --seeds dev --sets 200 a look while developing
scripts/bench bounds                          what is out of reach, on development seeds (some ten minutes)
scripts/bench recordings                      the recordings of ILEX_RECORDINGS
scripts/bench accuracy --page                 this page again from the kept results
```
"""
