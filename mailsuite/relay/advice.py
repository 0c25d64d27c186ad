"""What a failure means for a person, by its enhanced status (RFC 3463, and its registry)."""

# Subject and detail (the class is 4 or 5), most particular first.
ADVICE = {
    "1.1": "No such address there. Check it for typing errors, or ask the person in another way.",
    "1.2": "The part after the @ does not exist or takes no mail. Check it for typing errors.",
    "1.3": "The address is not written as an address must be. Check it for typing errors.",
    "1.6": "The person has moved and left no new address.",
    "1.10": "That domain says that it takes no mail at all. Ask for another address.",
    "2.1": "The mailbox is closed. Ask the person in another way.",
    "2.2": "The mailbox is full. Try again in some days, or tell the person in another way.",
    "2.3": "The message is too big for that mailbox. Send a link, or smaller attachments.",
    "3.4": "The message is too big for that host. Send a link, or smaller attachments.",
    "4.1": "The host could not be reached. If the address is right, try again later.",
    "4.2": "The connection to that host kept breaking. Try again later.",
    "4.3": "The domain's directory (DNS) could not be asked. If the address is right, try later.",
    "4.4": "No host was found that takes mail for that domain. Check the address.",
    "4.6": "The mail would go round in a circle. Tell your postmaster.",
    "4.7": "The host took nothing for too long. If the address is right, try again later.",
    "6.3": "That host takes only plain 7-bit messages. Send it without special characters.",
    "6.7": "That host takes no addresses with letters beyond A to Z. Ask for another address.",
    "3.3": "That host cannot promise to deliver by a set time. Send it without that wish.",
    "7.10": "You asked for encryption all the way, and that host does not give it.",
    "7.30": "You asked for encryption all the way, and that host does not promise it.",
    "7.1": "That host refuses the message by its own rules; its words above may say why.",
}
BY_SUBJECT = {
    "1": "Something is wrong with the address. Check it for typing errors.",
    "2": "The mailbox there does not take the message now. Try later, or ask in another way.",
    "3": "The mail system there does not take the message. Try later, or ask its postmaster.",
    "4": "The message found no way to that host. If the address is right, try again later.",
    "5": "The two hosts did not understand each other. Tell your postmaster.",
    "6": "That host does not take a message of this form. Try it as plain text.",
    "7": "That host refuses the message by its own rules; its words above may say why.",
}
OTHERWISE = "The host's words above are all that is known. Its postmaster can say more."


def advice(status: str) -> str:
    """One or two sentences for the sender."""
    particular = status.partition(".")[2]
    subject = particular.partition(".")[0]
    return ADVICE.get(particular) or BY_SUBJECT.get(subject) or OTHERWISE
