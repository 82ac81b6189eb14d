"""What can be done about a sign-in: change what is stored, safely, and renew it."""
