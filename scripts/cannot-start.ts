/** A reason not to start that whoever typed the command can mend: printed as one line, without a stack. */
export class CannotStart extends Error {}
