"""The process in which a catalogue is proved: whatever it does there, the tests go on."""
