"""What a page is told to let be heard: a script that notes every tone."""

HEAR = """() => {
    // Every tone: when it is to be heard, on the computer's clock, and its pitch at the start.
    window.heard = [];
    const start = OscillatorNode.prototype.start, pitch = AudioParam.prototype.setValueAtTime;
    const pitches = new Map();
    AudioParam.prototype.setValueAtTime = function (value, at) { pitches.set(this, value); return pitch.call(this, value, at); };
    OscillatorNode.prototype.start = function (at) {
        const {contextTime, performanceTime} = this.context.getOutputTimestamp();
        window.heard.push([performance.timeOrigin + performanceTime + (at - contextTime) * 1000, pitches.get(this.frequency)]);
        return start.call(this, at);
    };
}"""

LOST_HZ = 220
"""Of the double tone that says that the signal is lost (robustness 3.7)."""
UNCOUNTED_HZ = 294
"""Of the tone that says that a repetition did not count."""
