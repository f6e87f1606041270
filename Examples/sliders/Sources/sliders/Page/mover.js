// Sends one move at a time. What is overtaken while one is under way is dropped, never queued.

export class Mover {
  /** `send` makes a move and shows what comes back; `fail` is told why one was refused. */
  constructor(send, fail) {
    Object.assign(this, { send, fail, isBusy: false, next: null });
  }

  async move(wish) {
    this.next = wish;
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.next) {
      const wish = this.next;
      this.next = null;
      try {
        await this.send(wish);
      } catch (error) {
        await this.fail(error);
      }
    }
    this.isBusy = false;
  }
}
